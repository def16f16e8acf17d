#include "load-test/udp/segment_batch.hpp"

#include <linux/udp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "common/base/check.hpp"
#include "udp/limits.hpp"

namespace gyre::load_test::udp {
namespace {

constexpr std::size_t bytes_size = SegmentBatch::datagrams_max * gyre::udp::request_size_max;
constexpr std::size_t call_size_max = 65'000;  // below the limit of what segments are cut from

// Errors of a route that cannot cut a batch: no checksum offload, or segments beyond its MTU.
bool means_unsegmentable(int error_number) {
  return error_number == EIO || error_number == EINVAL || error_number == EMSGSIZE;
}

}  // namespace

bool can_segment(int fd) {
  const int off = 0;
  return ::setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &off, sizeof off) == 0;
}

SegmentBatch::SegmentBatch() : bytes_(std::make_unique_for_overwrite<std::byte[]>(bytes_size)) {}

std::span<std::byte> SegmentBatch::room() {
  const std::size_t used = (sent_ + count_) * datagram_size_;
  return {bytes_.get() + used, bytes_size - used};
}

void SegmentBatch::add(std::size_t datagram_size) {
  DCHECK(!full());
  DCHECK(datagram_size_ == 0 || datagram_size == datagram_size_);
  datagram_size_ = datagram_size;
  ++count_;
}

int SegmentBatch::send(int fd, bool& segment) {
  while (count_ > 0) {
    const std::size_t call_max = segment ? call_size_max / datagram_size_ : 1;
    const std::size_t count = std::min(count_, call_max);
    const int error_number = send_front(fd, count);
    if (error_number == 0) {
      sent_ += count;
      count_ -= count;
    } else if (count > 1 && means_unsegmentable(error_number)) {
      segment = false;
    } else {
      return error_number;
    }
  }
  sent_ = datagram_size_ = 0;
  return 0;
}

int SegmentBatch::send_front(int fd, std::size_t count) const {
  DCHECK(count > 0 && count <= count_);
  iovec bytes{.iov_base = bytes_.get() + sent_ * datagram_size_, .iov_len = count * datagram_size_};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(std::uint16_t))> control{};
  if (count > 1) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = IPPROTO_UDP;
    header->cmsg_type = UDP_SEGMENT;
    header->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
    const auto segment_size = static_cast<std::uint16_t>(datagram_size_);
    std::memcpy(CMSG_DATA(header), &segment_size, sizeof segment_size);
  }
  return ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}

}  // namespace gyre::load_test::udp
