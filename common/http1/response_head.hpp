// Framing for the head of one HTTP/1.x response: status line and headers (RFC 9112 section 4), for
// programs that are clients. Bytes in, views out, by the rules of header_fields.hpp.
//
// Lifetime: the views in a ResponseHead point into the input of the call that completed it.
#pragma once

#include <cstdint>
#include <span>

#include "common/http1/header_fields.hpp"

namespace gyre::http1 {

struct ResponseHead : HeaderFields {
  std::uint16_t status = 0;  // 100 to 599
};

// Parses the head at the start of `input` into `head`, whose contents count only when the result is
// `complete`. need_more is never returned for head_size_max bytes or more.
HeadResult parse_response_head(std::span<const char> input, ResponseHead& head);

// Whether the connection stays open after the response (RFC 9112 section 9.3).
bool is_kept_alive(const ResponseHead& head);

}  // namespace gyre::http1
