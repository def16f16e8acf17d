// Parser of the head of one HTTP/1.x request: request line and headers. Bytes in, views out; it
// allocates nothing.
//
// Beyond header_fields.hpp, lenient to empty lines before the request, spaces inside the target and
// any minor version.
//
// Lifetime: the views in a RequestHead point into the input of the call that completed it.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "common/http1/header_fields.hpp"

namespace gyre::http1 {

inline constexpr std::size_t leading_empty_lines_max = 4;  // RFC 9112 section 2.2 asks for one

struct RequestHead : HeaderFields {
  std::string_view method;  // a token, upper case by custom
  std::string_view target;  // not empty, no control characters, no blanks at its ends
};

// Parses the head at the start of `input` into `head`, which is valid only if its size is returned.
// Input of head_size_max bytes or more is never incomplete.
//
// `seen` makes input in small pieces cheap: the size of the prefix that was incomplete in the last
// call. The result does not depend on it.
HeadSize parse_request_head(std::span<const char> input, RequestHead& head, std::size_t seen = 0);

}  // namespace gyre::http1
