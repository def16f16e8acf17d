// Binds the TCP socket that an Endpoint serves. Done at start-up, before root is given up.
#pragma once

#include <expected>
#include <string>

#include "common/fd.hpp"
#include "common/socket_address.hpp"

namespace gyre::metrics {

struct Listener {
  Fd fd;                  // listens, does not block
  SocketAddress address;  // with the port that the system chose when 0 was asked for
};

// An IPv6 socket takes IPv6 alone. The error names the address and the system's reason.
std::expected<Listener, std::string> listen_tcp(const SocketAddress& address);

}  // namespace gyre::metrics
