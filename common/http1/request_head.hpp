// Parser of the head of one HTTP/1.x request: request line and headers. Bytes in, views out; it
// allocates nothing.
//
// Lenient where clients are sloppy: CRLF or bare LF, empty lines before the request, spaces in the
// target, any minor version, any header. Strict where parsers disagree and attackers benefit:
// control characters, folded headers and a space before a header's colon are refused.
//
// Lifetime: the views in a RequestHead point into the input of the call that completed it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace gyre::http1 {

inline constexpr std::size_t head_size_max = 8192;  // up to and with the closing empty line
inline constexpr std::size_t header_count_max = 100;
inline constexpr std::size_t leading_empty_lines_max = 4;  // RFC 9112 section 2.2 asks for one

struct Header {
  std::string_view name;   // as sent; compare through find_header()
  std::string_view value;  // without surrounding spaces and tabs; may be empty
};

// Only the first `header_count` headers are valid, so that a RequestHead can be reused without
// being cleared.
struct RequestHead {
  std::string_view method;         // a token, upper case by convention
  std::string_view target;         // not empty, trimmed, no control characters
  std::uint8_t version_minor = 0;  // of HTTP/1.x
  std::size_t header_count = 0;
  std::array<Header, header_count_max> header_storage;

  std::span<const Header> headers() const { return std::span(header_storage).first(header_count); }
};

enum class HeadStatus : std::uint8_t { complete, need_more, invalid };

enum class HeadError : std::uint8_t {
  none,
  not_http,
  request_line,
  version,
  target,
  header_name,
  header_value,
  folded_header,
  too_many_headers,
  request_line_too_large,  // the head is too large, and the request line is more than half of it
  head_too_large,
};

struct HeadResult {
  HeadStatus status = HeadStatus::need_more;
  HeadError error = HeadError::none;  // set when invalid
  std::size_t consumed = 0;           // bytes of the head, set when complete
};

// Parses the head at the start of `input` into `head`, which is valid only if the result is
// `complete`. Never returns need_more for head_size_max bytes or more.
//
// `seen` makes input in small pieces cheap: the size of the prefix for which the last call returned
// need_more. The result does not depend on it.
HeadResult parse_request_head(std::span<const char> input, RequestHead& head, std::size_t seen = 0);

// The value of the first header of that name, case-insensitively.
std::optional<std::string_view> find_header(const RequestHead& head, std::string_view name);

// ASCII only.
bool equals_ignoring_case(std::string_view a, std::string_view b);

// Whether `text` is a token (RFC 9110 section 5.6.2), as methods and header names are.
bool is_token(std::string_view text);

// A sentence about the error, for logs and for the text of a 400 response.
std::string_view to_string(HeadError error);

}  // namespace gyre::http1
