// What UDP sockets and TCP listeners share up to bind(2).
#pragma once

#include <string>

#include "common/base/fd.hpp"
#include "common/net/socket_address.hpp"

namespace gyre::net {

bool set_option(int fd, int level, int option, int value);

struct SocketKind {
  int type = 0;           // SOCK_DGRAM or SOCK_STREAM, and flags
  bool only_ipv6 = true;  // IPV6_V6ONLY
};

// An unbound socket; invalid, with errno set, if the system refuses.
Fd make_socket(const SocketAddress& address, SocketKind kind);

// Whether nobody else is bound to the address, which binding with SO_REUSEPORT does not tell. Waits
// up to half a second for the sockets of a tracker that was just killed. If not free, errno says
// why.
bool is_free(const SocketAddress& address, SocketKind kind);

// "cannot listen on udp://0.0.0.0:3000: ...", with advice. `who_listens` is a command that lists
// listeners.
std::string listen_error(const std::string& url, int error_number, const char* who_listens);

}  // namespace gyre::net
