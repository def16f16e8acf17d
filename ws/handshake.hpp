// The opening handshake of WebSockets (RFC 6455 section 4.2), with the negotiation of
// permessage-deflate (RFC 7692 section 7.1): from a parsed request head to the bytes of the
// response. Other requests, and who may connect, are for the caller.
//
// Lifetime: an Upgrade has views into the request head.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "common/http1/request_head.hpp"
#include "common/http1/response.hpp"
#include "ws/limits.hpp"

namespace gyre::ws {

// What is agreed on. With permessage-deflate there is no context takeover:
// server_no_context_takeover and client_no_context_takeover are always in the response. A client
// may use any window.
struct Upgrade {
  std::array<char, 28> accept_key{};     // of Sec-WebSocket-Accept
  std::string_view subprotocol = {};     // the first that the client offers; echoed
  std::uint8_t deflate_window_bits = 0;  // of this server; 0: no compression
  bool confirm_window_bits = false;      // the client has asked for a size
};

enum class UpgradeError : std::uint8_t {
  method,        // 405: not GET
  http_version,  // 400: HTTP/1.0
  connection,    // 400: no "Connection: Upgrade"
  key,           // 400: Sec-WebSocket-Key missing, doubled or not 16 bytes in base64
  version,       // 426: not version 13
  // 403; parse_upgrade() does not return these.
  origin,             // by OriginRules (origin.hpp)
  denied_network,     // by the deny list
  denied_user_agent,  // likewise
};

// Whether a request wants a WebSocket, be it malformed; otherwise it wants a page.
bool wants_upgrade(const http1::RequestHead& head);

std::expected<Upgrade, UpgradeError> parse_upgrade(const http1::RequestHead& head,
                                                   bool allow_deflate);

// Writes the whole response with status 101, which frames follow, and returns its size.
// REQUIRES: `out` has upgrade_response_size_max bytes.
std::size_t write_upgrade_response(const Upgrade& upgrade, std::span<std::byte> out);

// A sentence without a full stop, for humans and logs.
std::string_view to_string(UpgradeError error);

// Writes a whole response that gives the reason in a sentence and closes the connection.
// REQUIRES: `out` has upgrade_refusal_size_max bytes.
http1::Response write_upgrade_refusal(UpgradeError error, std::span<std::byte> out);

}  // namespace gyre::ws
