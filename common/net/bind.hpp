// What UDP sockets and TCP listeners share up to bind(2).
#pragma once

#include <string>

#include "common/base/fd.hpp"
#include "common/net/socket_address.hpp"

namespace gyre::net {

bool set_option(int fd, int level, int option, int value);

// An unbound socket; invalid, with errno set, if the system refuses. `type` is SOCK_DGRAM or
// SOCK_STREAM, and flags; `only_ipv6` is IPV6_V6ONLY.
Fd make_socket(const SocketAddress& address, int type, bool only_ipv6);

// Whether nobody else is bound to the address, which binding with SO_REUSEPORT does not tell. Waits
// up to half a second for the sockets of a tracker that was just killed. If not free, errno says
// why.
bool is_free(const SocketAddress& address, int type, bool only_ipv6);

// "cannot listen on udp://0.0.0.0:3000: ...", with advice. `list_command` is a command that lists
// listeners.
std::string listen_error(const std::string& url, int error_number, const char* list_command);

}  // namespace gyre::net
