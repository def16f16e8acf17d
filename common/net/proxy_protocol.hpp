// Parser of the PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt): the preamble
// that a proxy puts before the first byte of a connection that it forwards. A pure function over
// bytes.
//
// Whether to expect one is the caller's decision: it must never be read from a connection that
// anyone can open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/net/socket_address.hpp"

namespace gyre::net {

// Version 1 takes at most 107 bytes. Version 2 allows extensions of up to 64 KiB; proxies send a
// few hundred bytes, and more than this is refused.
inline constexpr std::size_t proxy_header_size_max = 2048;

struct ProxyHeader {
  std::size_t size = 0;  // bytes of the preamble, 0 while it is incomplete
  // The client, if the proxy names one by IP address. None if the proxy connects on its own behalf,
  // as health checks do.
  std::optional<SocketAddress> source = {};
};

// Parses the preamble at the start of `input`; nullopt if it does not begin with one. Input of
// proxy_header_size_max bytes or more is never incomplete.
std::optional<ProxyHeader> parse_proxy_header(std::span<const std::byte> input);

}  // namespace gyre::net
