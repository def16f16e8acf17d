#include "tests/integration/flood/tracker_link.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "common/base/bytes.hpp"
#include "common/base/check.hpp"
#include "common/base/text.hpp"

namespace gyre::flood {
namespace {

constexpr std::uint64_t protocol_magic = 0x41727101980;
constexpr std::size_t connect_size = 16;
constexpr int probe_attempts = 10;
constexpr timeval probe_timeout{.tv_sec = 2, .tv_usec = 0};
constexpr int receive_buffer_size = 4 << 20;

int connect_to(int fd, const net::SocketAddress& tracker) {
  if (const auto* ipv4 = std::get_if<Ipv4Address>(&tracker.address)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = big_endian(tracker.port);
    std::memcpy(&address.sin_addr, ipv4->bytes.data(), ipv4->bytes.size());
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  const auto& ipv6 = std::get<Ipv6Address>(tracker.address);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = big_endian(tracker.port);
  std::memcpy(&address.sin6_addr, ipv6.bytes.data(), ipv6.bytes.size());
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

std::unexpected<std::string> failure(const char* what) {
  return std::unexpected(std::string(what) + ": " + errno_text());
}

}  // namespace

std::expected<TrackerLink, std::string> TrackerLink::open(const net::SocketAddress& tracker) {
  const int family = tracker.family() == Family::ipv4 ? AF_INET : AF_INET6;
  Fd fd(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return failure("no socket");
  if (connect_to(fd.get(), tracker) != 0) return failure("cannot connect the socket");
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &probe_timeout, sizeof probe_timeout);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_size, sizeof receive_buffer_size);
  return TrackerLink(std::move(fd));
}

std::span<std::byte, datagram_size_max> TrackerLink::slot() {
  CHECK(filled_ < batch_size);
  return bytes_[filled_];
}

std::expected<void, std::string> TrackerLink::send() {
  std::array<iovec, batch_size> parts{};
  std::array<mmsghdr, batch_size> messages{};
  for (std::size_t index = 0; index < filled_; ++index) {
    parts[index] = {.iov_base = bytes_[index].data(), .iov_len = sizes_[index]};
    messages[index].msg_hdr.msg_iov = &parts[index];
    messages[index].msg_hdr.msg_iovlen = 1;
  }
  for (std::size_t done = 0; done < filled_;) {
    const int count =
        ::sendmmsg(socket_.get(), messages.data() + done, static_cast<unsigned>(filled_ - done), 0);
    if (count < 0) return failure("cannot send");
    done += static_cast<std::size_t>(count);
    sent_ += static_cast<std::uint64_t>(count);
  }
  filled_ = 0;
  return send_probe();
}

std::expected<std::uint64_t, std::string> TrackerLink::await_probe() {
  for (int attempt = 1;; ++attempt) {
    if (const auto connection = receive_until_probe()) return *connection;
    if (errno != EAGAIN) return failure("cannot receive");
    ++probes_lost_;
    if (attempt == probe_attempts) return std::unexpected("the tracker no longer answers connects");
    if (auto sent = send_probe(); !sent) return std::unexpected(sent.error());
  }
}

std::expected<void, std::string> TrackerLink::send_probe() {
  std::array<std::byte, connect_size> request{};
  ByteWriter writer(request);
  writer.write(protocol_magic);
  writer.write(std::uint32_t{0});
  writer.write(++probe_transaction_);
  if (::send(socket_.get(), request.data(), request.size(), 0) < 0) return failure("cannot send");
  ++sent_;
  return {};
}

std::optional<std::uint64_t> TrackerLink::receive_until_probe() {
  std::array<std::byte, 2048> response;
  while (true) {
    const ssize_t size = ::recv(socket_.get(), response.data(), response.size(), 0);
    if (size < 0) return std::nullopt;
    ++responses_;
    if (size == connect_size && load_be<std::uint32_t>(response.data()) == 0 &&
        load_be<std::uint32_t>(response.data() + 4) == probe_transaction_) {
      return load_be<std::uint64_t>(response.data() + 8);
    }
  }
}

}  // namespace gyre::flood
