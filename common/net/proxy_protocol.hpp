// The PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt): what a proxy puts before
// the first byte of a connection that it passes on. A pure function over bytes; that it is expected
// at all, and from whom, is for others: it must never be read from a connection that anyone can
// open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/net/socket_address.hpp"

namespace gyre::net {

// Version 1 has at most 107 bytes; of version 2, whose extensions may have 64 KiB and have some
// hundred, this is taken.
inline constexpr std::size_t proxy_header_size_max = 2048;

enum class ProxyHeaderStatus : std::uint8_t { complete, need_more, invalid };

struct ProxyHeader {
  ProxyHeaderStatus status = ProxyHeaderStatus::need_more;
  std::size_t consumed = 0;  // set when complete: the connection's own bytes follow
  // The client, if the proxy knows one with an IP address. There is none when the proxy itself
  // connects, as health checks do.
  std::optional<SocketAddress> source = {};
};

// Parses the header at the start of `input`. need_more is never returned for proxy_header_size_max
// bytes or more.
ProxyHeader parse_proxy_header(std::span<const std::byte> input);

}  // namespace gyre::net
