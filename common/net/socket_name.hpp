// A SocketAddress in the kernel's form (sockaddr), and back.
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

// The inverse; an IPv4-mapped address becomes IPv4. nullopt for other families, such as unix.
std::optional<SocketAddress> socket_address_in(const SocketName& name);

// REQUIRES: an IPv4 or IPv6 name. In host order.
std::uint16_t port_in(const SocketName& name);

// The port that a socket is bound to, 0 on an error.
std::uint16_t bound_port(int fd);

}  // namespace gyre::net
