// Binds the TCP socket of an Endpoint, at start-up, before privileges are dropped.
#pragma once

#include <expected>
#include <string>

#include "common/net/tcp_listener.hpp"

namespace gyre::metrics {

// A non-blocking socket; on an IPv6 address for IPv6 only. The error names the address and the
// system's reason.
std::expected<net::TcpListener, std::string> listen_tcp(const net::SocketAddress& address);

}  // namespace gyre::metrics
