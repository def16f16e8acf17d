// HTTP responses: how a request wants its response framed (RFC 9112), and head and body in one
// piece. Between a parsed request head and bytes; it knows nothing of trackers.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "common/http1/request_head.hpp"

namespace gyre::http1 {

// Bytes of a response's head at most; the body is written behind room for that many.
inline constexpr std::size_t response_head_size_max = 256;

// What is to be sent, and what becomes of the connection.
struct Response {
  std::size_t size = 0;    // bytes of complete HTTP responses
  bool close = false;      // the connection is to be closed when they are sent
  bool streams = false;    // only a head was written: a body follows in pieces
  bool is_served = false;  // it answers an announce or scrape that makes sense
};

struct Framing {
  bool close = true;
  std::string_view connection_header = {};  // a whole line, or nothing where the default holds
  bool with_body = true;                    // false: HEAD
};

// A request with a body is closed after its response, so that no body has ever to be read.
Framing framing_of(const RequestHead& head, bool keep_alive);

// For what could not be parsed.
inline constexpr Framing closing_framing{.connection_header = "Connection: close\r\n"};

inline constexpr std::string_view plain_text = "text/plain; charset=utf-8";
inline constexpr std::string_view html = "text/html; charset=utf-8";

struct ResponseKind {
  std::string_view status = "200 OK";
  std::string_view content_type = plain_text;
  std::string_view headers = {};  // whole lines
};

// Where a body is to be written before finish_response() is called: behind the room for its head.
std::span<std::byte> body_room(std::span<std::byte> out);

// Writes the head to the front of `out` and has the body, `body_size` bytes of body_room(), follow.
Response finish_response(std::span<std::byte> out, const ResponseKind& kind, const Framing& framing,
                         std::size_t body_size);

// Writes the head of a response whose size is not known: its body comes in chunks (RFC 9112 section
// 7.1), or is all until the connection closes.
Response begin_streamed_response(std::span<std::byte> out, const ResponseKind& kind,
                                 const Framing& framing, bool chunked);

// The same as finish_response() with a body from elsewhere.
Response write_response(std::span<std::byte> out, const ResponseKind& kind, const Framing& framing,
                        std::string_view body);

}  // namespace gyre::http1
