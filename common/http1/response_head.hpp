// Parser of the head of one HTTP/1.x response, for clients: status line and headers (RFC 9112
// section 4), by the rules of header_fields.hpp. Bytes in, views out.
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

// Parses the head at the start of `input` into `head`, which is valid only if its size is returned.
// Input of head_size_max bytes or more is never incomplete.
HeadSize parse_response_head(std::span<const char> input, ResponseHead& head);

// Whether the connection stays open after the response (RFC 9112 section 9.3).
bool is_kept_alive(const ResponseHead& head);

}  // namespace gyre::http1
