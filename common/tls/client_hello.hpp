// The first record of a TLS connection, as far as a server must see it before its TLS library does:
// whether it is all there, and which server it asks for (SNI, RFC 6066 3), because that decides the
// certificate. Pure; everything else in a ClientHello, and whether it is a valid one, is the
// library's business.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace gyre::tls {

// RFC 8446 5.1: the payload of a record before encryption.
inline constexpr std::size_t record_payload_max = 16'384;
inline constexpr std::size_t record_header_size = 5;

struct ClientHello {
  // More bytes cannot tell more: the record is complete, or it is none that could hold a
  // ClientHello.
  bool complete = false;
  // In the bytes given. Empty: none was sent, or it was not found (no ClientHello, a malformed one,
  // one in several records).
  std::string_view server_name;
};

ClientHello read_client_hello(std::span<const std::byte> bytes);

}  // namespace gyre::tls
