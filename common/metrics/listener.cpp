#include "common/metrics/listener.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstring>
#include <variant>

#include "common/errno_text.hpp"

namespace gyre::metrics {
namespace {

struct Sockaddr {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

template <class Native>
Sockaddr sockaddr_with(const Native& native) {
  Sockaddr out;
  std::memcpy(&out.storage, &native, sizeof native);
  out.size = sizeof native;
  return out;
}

Sockaddr sockaddr_from(const SocketAddress& address) {
  if (const auto* ipv4 = std::get_if<Ipv4Address>(&address.address)) {
    sockaddr_in native{};
    native.sin_family = AF_INET;
    native.sin_port = htons(address.port);
    std::memcpy(&native.sin_addr, ipv4->bytes.data(), ipv4->bytes.size());
    return sockaddr_with(native);
  }
  const auto& ipv6 = std::get<Ipv6Address>(address.address);
  sockaddr_in6 native{};
  native.sin6_family = AF_INET6;
  native.sin6_port = htons(address.port);
  std::memcpy(&native.sin6_addr, ipv6.bytes.data(), ipv6.bytes.size());
  return sockaddr_with(native);
}

std::uint16_t port_in(const Sockaddr& address) {
  // Both families have the port at the same place.
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  sockaddr_in native{};
  std::memcpy(&native, &address.storage, sizeof native);
  return ntohs(native.sin_port);
}

bool enable(const Fd& fd, int level, int option) {
  const int on = 1;
  return setsockopt(fd.get(), level, option, &on, sizeof on) == 0;
}

}  // namespace

std::expected<Listener, std::string> listen_tcp(const SocketAddress& address) {
  const auto failed = [&](const char* step) {
    const std::string reason = errno_text();
    return std::unexpected("cannot serve metrics on " + to_string(address) + ": " + step + ": " +
                           reason);
  };
  Sockaddr native = sockaddr_from(address);
  Fd fd(socket(native.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return failed("socket");
  if (!enable(fd, SOL_SOCKET, SO_REUSEADDR)) return failed("SO_REUSEADDR");
  if (address.family() == Family::ipv6 && !enable(fd, IPPROTO_IPV6, IPV6_V6ONLY)) {
    return failed("IPV6_V6ONLY");
  }
  if (bind(fd.get(), native.get(), native.size) != 0) return failed("bind");
  if (listen(fd.get(), SOMAXCONN) != 0) return failed("listen");
  if (getsockname(fd.get(), native.get(), &native.size) != 0) return failed("getsockname");
  return Listener{std::move(fd), {address.address, port_in(native)}};
}

}  // namespace gyre::metrics
