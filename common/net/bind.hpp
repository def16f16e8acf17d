// What UDP sockets and TCP listeners do alike before they are bound. Between them and the system.
#pragma once

#include <string>

#include "common/base/fd.hpp"
#include "common/net/socket_address.hpp"

namespace gyre::net {

bool set_option(int fd, int level, int option, int value);

struct SocketKind {
  int type = 0;           // SOCK_DGRAM or SOCK_STREAM, and flags
  bool only_ipv6 = true;  // of an IPv6 socket: leave IPv4 to others
};

// Not bound; invalid with errno set when the system gives none.
Fd make_socket(const SocketAddress& address, SocketKind kind);

// Whether nobody else has the address, which binding with SO_REUSEPORT does not tell. The sockets
// of a tracker that was killed may live on for a moment, which this waits for. If not, errno says
// why.
bool is_free(const SocketAddress& address, SocketKind kind);

// "cannot listen on udp://0.0.0.0:3000: ...", with what to do about it.
std::string listen_error(const std::string& url, int error_number, const char* who_listens);

}  // namespace gyre::net
