// A SocketAddress as the kernel takes it. Between the programs' addresses and the socket calls of
// the rooms that bind; no socket is made here.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>

#include "common/net/socket_address.hpp"

namespace gyre::net {

struct SocketName {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  int family() const { return storage.ss_family; }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketName socket_name_of(const SocketAddress& address);

// The inverse, with an IPv4-mapped address as IPv4; nothing for a name of another family.
std::optional<SocketAddress> socket_address_in(const SocketName& name);

std::uint16_t port_in(const SocketName& name);  // host order

// The port that a bound socket has, 0 on an error.
std::uint16_t bound_port(int fd);

}  // namespace gyre::net
