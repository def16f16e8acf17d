// Binds the TCP socket that an Endpoint serves. Done at start-up, before root is given up.
#pragma once

#include <expected>
#include <string>

#include "common/net/tcp_listener.hpp"

namespace gyre::metrics {

// It does not block, and an IPv6 socket takes IPv6 alone. The error names the address and the
// system's reason.
std::expected<net::TcpListener, std::string> listen_tcp(const net::SocketAddress& address);

}  // namespace gyre::metrics
