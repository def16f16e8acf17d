// HTTP responses: how a request wants its response framed (RFC 9112), and writing of head and body
// into one buffer.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "common/http1/request_head.hpp"

namespace gyre::http1 {

// Upper bound of a response's head in bytes; the body is written after a gap of that size.
inline constexpr std::size_t response_head_size_max = 256;

// A response that has been written, and what happens to the connection.
struct Response {
  std::size_t size = 0;    // bytes to send
  bool close = false;      // close the connection once they are sent
  bool streams = false;    // only the head was written: the body follows in pieces
  bool is_served = false;  // it answers a valid announce or scrape
};

struct Framing {
  bool close = true;
  std::string_view connection_header = {};  // a whole line; empty if the default applies
  bool with_body = true;                    // false: HEAD
};

// The connection is closed after a request with a body, so that bodies never have to be read.
Framing framing_of(const RequestHead& head, bool keep_alive);

// For input that could not be parsed.
inline constexpr Framing closing_framing{.connection_header = "Connection: close\r\n"};

inline constexpr std::string_view plain_text = "text/plain; charset=utf-8";
inline constexpr std::string_view html = "text/html; charset=utf-8";

struct ResponseKind {
  std::string_view status = "200 OK";
  std::string_view content_type = plain_text;
  std::string_view headers = {};  // whole lines
};

// Where to write a body before finish_response(): after the gap for its head.
// REQUIRES: `out` has at least response_head_size_max bytes.
std::span<std::byte> body_room(std::span<std::byte> out);

// Writes the head to the front of `out` and moves the body, the first `body_size` bytes of
// body_room(), up to it.
Response finish_response(std::span<std::byte> out, const ResponseKind& kind, const Framing& framing,
                         std::size_t body_size);

// Writes the head of a response of unknown size: the body follows in chunks (RFC 9112 section 7.1),
// or extends to the end of the connection.
Response begin_streamed_response(std::span<std::byte> out, const ResponseKind& kind,
                                 const Framing& framing, bool chunked);

// finish_response() for a body from elsewhere.
// REQUIRES: it fits body_room().
Response write_response(std::span<std::byte> out, const ResponseKind& kind, const Framing& framing,
                        std::string_view body);

}  // namespace gyre::http1
