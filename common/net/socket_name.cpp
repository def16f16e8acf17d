#include "common/net/socket_name.hpp"

#include <netinet/in.h>

#include <cstddef>
#include <cstring>

#include "common/base/bytes.hpp"

namespace gyre::net {
namespace {

template <class Native>
SocketName name_with(const Native& native) {
  SocketName name;
  static_assert(sizeof native <= sizeof name.storage);
  std::memcpy(&name.storage, &native, sizeof native);
  name.size = sizeof native;
  return name;
}

template <class Native>
Native native_in(const SocketName& name) {
  Native native{};
  std::memcpy(&native, &name.storage, sizeof native);
  return native;
}

}  // namespace

SocketName socket_name_of(const SocketAddress& address) {
  if (const auto* ipv4 = std::get_if<Ipv4Address>(&address.address)) {
    sockaddr_in native{};
    native.sin_family = AF_INET;
    native.sin_port = big_endian(address.port);
    std::memcpy(&native.sin_addr, ipv4->bytes.data(), ipv4->bytes.size());
    return name_with(native);
  }
  const auto& ipv6 = std::get<Ipv6Address>(address.address);
  sockaddr_in6 native{};
  native.sin6_family = AF_INET6;
  native.sin6_port = big_endian(address.port);
  std::memcpy(&native.sin6_addr, ipv6.bytes.data(), ipv6.bytes.size());
  return name_with(native);
}

std::optional<SocketAddress> socket_address_in(const SocketName& name) {
  if (name.family() == AF_INET) {
    const auto native = native_in<sockaddr_in>(name);
    Ipv4Address ipv4;
    std::memcpy(ipv4.bytes.data(), &native.sin_addr, ipv4.bytes.size());
    return SocketAddress{ipv4, big_endian(native.sin_port)};
  }
  if (name.family() != AF_INET6) return std::nullopt;
  const auto native = native_in<sockaddr_in6>(name);
  Ipv6Address ipv6;
  std::memcpy(ipv6.bytes.data(), &native.sin6_addr, ipv6.bytes.size());
  const std::uint16_t port = big_endian(native.sin6_port);
  if (const auto ipv4 = ipv4_mapped_in(ipv6)) return SocketAddress{*ipv4, port};
  return SocketAddress{ipv6, port};
}

std::uint16_t port_in(const SocketName& name) {
  DCHECK(name.family() == AF_INET || name.family() == AF_INET6);
  // Both families have the port at the same offset.
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  return big_endian(native_in<sockaddr_in>(name).sin_port);
}

std::uint16_t bound_port(int fd) {
  SocketName name;
  if (::getsockname(fd, name.get(), &name.size) != 0) return 0;
  return port_in(name);
}

}  // namespace gyre::net
