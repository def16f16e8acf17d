#include "load-test/udp/receiver.hpp"

#include <cerrno>

namespace gyre::load_test::udp {

Receiver::Receiver()
    : bytes_(batch_max * datagram_size_max), places_(batch_max), messages_(batch_max) {
  for (std::size_t i = 0; i < batch_max; ++i) {
    places_[i] = {.iov_base = bytes_.data() + i * datagram_size_max, .iov_len = datagram_size_max};
    messages_[i].msg_hdr.msg_iov = &places_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
  }
  datagrams_.reserve(batch_max);
}

std::expected<Receiver::Batch, int> Receiver::receive(int fd) {
  datagrams_.clear();
  const int count = ::recvmmsg(fd, messages_.data(), batch_max, MSG_DONTWAIT, nullptr);
  if (count < 0 && errno != EAGAIN && errno != EINTR) return std::unexpected(errno);
  for (std::size_t i = 0; static_cast<int>(i) < count; ++i) {
    datagrams_.emplace_back(bytes_.data() + i * datagram_size_max, messages_[i].msg_len);
  }
  return datagrams_;
}

}  // namespace gyre::load_test::udp
