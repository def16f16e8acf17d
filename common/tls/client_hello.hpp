// Parser of a TLS connection's first record, for what the server needs before its TLS library sees
// it: whether the record is complete, and the server name (SNI, RFC 6066 3), which decides the
// certificate. A pure function; validating the ClientHello is left to the library.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace gyre::tls {

// The payload of an unprotected record (RFC 8446 5.1).
inline constexpr std::size_t record_payload_max = 16'384;
inline constexpr std::size_t record_header_size = 5;

// The server name, a view into the input; nullopt as long as the record is incomplete and can hold
// a ClientHello. Empty if there is none, or if it was not found: not a ClientHello, a malformed
// one, or one that spans several records.
std::optional<std::string_view> read_client_hello(std::span<const std::byte> bytes);

}  // namespace gyre::tls
