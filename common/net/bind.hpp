// What UDP sockets and TCP listeners do alike before they are bound. Between them and the system.
#pragma once

#include <string>

#include "common/base/fd.hpp"
#include "common/net/socket_address.hpp"

namespace gyre::net {

bool set_option(int fd, int level, int option, int value);

// `type` is SOCK_DGRAM or SOCK_STREAM, and flags; an IPv6 socket leaves IPv4 to others if it is
// `only_ipv6`.
//
// Not bound; invalid with errno set when the system gives none.
Fd make_socket(const SocketAddress& address, int type, bool only_ipv6);

// Whether nobody else has the address, which binding with SO_REUSEPORT does not tell. The sockets
// of a tracker that was killed may live on for a moment, which this waits for. If not, errno says
// why.
bool is_free(const SocketAddress& address, int type, bool only_ipv6);

// "cannot listen on udp://0.0.0.0:3000: ...", with what to do about it.
std::string listen_error(const std::string& url, int error_number, const char* who_listens);

}  // namespace gyre::net
