// SHA-1, for the WebSocket handshake (RFC 6455 section 4.2.2), where it protects nothing. Not for
// anything else.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace gyre::tls {

// REQUIRES: `input` is smaller than 4 GiB.
std::array<std::byte, 20> sha1(std::span<const std::byte> input);

}  // namespace gyre::tls
