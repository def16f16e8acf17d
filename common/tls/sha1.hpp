// SHA-1, which the handshake of WebSockets asks for (RFC 6455 section 4.2.2). It protects nothing:
// no use for anything else.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace gyre::tls {

// `input` has less than 4 GiB.
std::array<std::byte, 20> sha1(std::span<const std::byte> input);

}  // namespace gyre::tls
