// Addresses of several clients on one host: every address of 127.0.0.0/8 is this host's, so that
// requests to a tracker there can come from many of them.
#pragma once

#include <cstdint>
#include <optional>

#include "common/net/socket_address.hpp"

namespace gyre::load_test {

// 127.0.0.1 for client 0, 127.0.0.2 for client 1 and so on; nothing where the server is elsewhere.
// REQUIRES: index < 65534.
std::optional<Ipv4Address> loopback_client(const net::SocketAddress& server, std::uint32_t index);

}  // namespace gyre::load_test
