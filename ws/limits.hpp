// Every bound of the WebSocket tracker's codecs, and the relations between them. Sizes are in
// bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/http1/response.hpp"

namespace gyre::ws {

// Readable bytes that follow each payload, whatever their value: simdjson reads them.
inline constexpr std::size_t message_padding = 64;

// The largest message size that can be configured; a reader counts the bytes of a frame in 24 bits.
inline constexpr std::size_t message_size_limit = std::size_t{1} << 23;

// RFC 6455 section 5.5.
inline constexpr std::size_t control_payload_size_max = 125;

// RFC 6455 section 5.2: two bytes, eight for the size, four for the mask.
inline constexpr std::size_t frame_header_size_max = 14;

// The first of Sec-WebSocket-Protocol, which is echoed; a longer one is ignored.
inline constexpr std::size_t subprotocol_size_max = 64;

// The head of a 101 response: 129 bytes and the lines of Sec-WebSocket-Accept, -Extensions and
// -Protocol.
inline constexpr std::size_t upgrade_response_size_max = 512;

// A refusal over HTTP: head and a sentence.
inline constexpr std::size_t upgrade_refusal_size_max = http1::response_head_size_max + 256;

// Deflate windows, as powers of two. RFC 7692 section 7.1.2 also has 8, which zlib does not
// support.
inline constexpr std::uint8_t window_bits_min = 9;
inline constexpr std::uint8_t window_bits_max = 15;

// 20 bytes as a JSON string: quotes, and at worst "\u0000" for each byte.
inline constexpr std::size_t id_json_size_max = 2 + 20 * 6;

// No client sends more than five levels; and every client must be able to parse what is relayed.
inline constexpr std::size_t json_depth_max = 16;

// Members of objects and elements of arrays in one message. An announce has 8, and 5 for each
// offer.
inline constexpr std::size_t json_members_max = 4096;
inline constexpr std::size_t offers_limit = 100;  // that can be configured for an announce
inline constexpr std::size_t scrape_torrents_limit = 1000;  // and for a scrape
static_assert(5 * offers_limit + scrape_torrents_limit + 100 <= json_members_max);

// A message that is longer, once inflated, counts once per unit begun towards the rate of messages.
inline constexpr std::size_t message_unit_size = 16'384;

// Bytes that a connection may have relayed to others: an initial amount, and more for each byte
// that it sends. Opening a new connection costs a client about as much as the initial amount. The
// factor exceeds 1 because of compression: ten offers of a browser in one message compress to a
// seventh.
inline constexpr std::uint32_t relay_credit_at_first = 4096;
inline constexpr std::uint32_t relay_credit_per_byte = 16;
inline constexpr std::uint32_t relay_credit_max = 2'097'152;

// {"complete":4294967295,"incomplete":4294967295,"action":"announce","interval":4294967295,
// "info_hash":}
inline constexpr std::size_t announce_reply_size_max = 160 + id_json_size_max;

// {"action":"announce","failure reason":"","info_hash":,"interval":4294967295}
inline constexpr std::size_t error_reply_frame_size_max = 80;
inline constexpr std::size_t failure_reason_size_max = 256;  // longer ones are truncated
// Each byte of the reason may need a backslash.
inline constexpr std::size_t error_reply_size_max =
    error_reply_frame_size_max + 2 * failure_reason_size_max + id_json_size_max;

// {"action":"scrape","files":{ ... },"flags":{"min_request_interval":4294967295}}
inline constexpr std::size_t scrape_reply_frame_size_max = 96;
// "<id>":{"complete":4294967295,"incomplete":4294967295,"downloaded":4294967295},
inline constexpr std::size_t scrape_row_size_max = id_json_size_max + 80;

}  // namespace gyre::ws
