// Header fields of an HTTP/1.x message, and the rules for lines that the heads of requests and
// responses share (RFC 9112 sections 2.2 and 5). Lines in, views out.
//
// Lenient where peers are sloppy: CRLF or bare LF, any header. Strict where parsers disagree and
// attackers benefit: control characters, folded headers and a space before a header's colon are
// refused.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

namespace gyre::http1 {

inline constexpr std::size_t head_size_max = 8192;  // up to and with the closing empty line
inline constexpr std::size_t header_count_max = 100;

struct Header {
  std::string_view name;   // as sent; compare through find_header()
  std::string_view value;  // without surrounding spaces and tabs; may be empty
};

// What the heads of requests and responses share. Only the first `header_count` headers are valid,
// so that a head can be reused without being cleared.
struct HeaderFields {
  std::uint8_t version_minor = 0;  // of HTTP/1.x
  std::size_t header_count = 0;
  std::array<Header, header_count_max> header_storage;

  std::span<const Header> headers() const { return std::span(header_storage).first(header_count); }
};

// Why there is no head in the input, or not yet.
enum class HeadError : std::uint8_t {
  incomplete,  // so far it is none of the others
  not_http,
  request_line,
  status_line,
  version,
  target,
  header_name,
  header_value,
  folded_header,
  too_many_headers,
  request_line_too_large,  // the head is too large, and the request line is more than half of it
  head_too_large,
};

inline constexpr std::unexpected incomplete_head(HeadError::incomplete);

using HeadSize = std::expected<std::size_t, HeadError>;

// Takes one line off the front of `rest`, without its line end; nullopt if there is no LF.
inline std::optional<std::string_view> take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view line = rest.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  rest.remove_prefix(end + 1);
  return line;
}

// Parses header lines up to and with the empty one that ends a head; what follows is left in
// `rest`. Checks every complete line in order, so that the result never depends on how the input
// was split.
std::expected<void, HeadError> parse_header_lines(std::string_view& rest, HeaderFields& fields);

// The value of the first header of that name, case-insensitively.
std::optional<std::string_view> find_header(const HeaderFields& fields, std::string_view name);

// Whether the list in a header's value contains `token`, case-insensitively.
bool lists_token(std::string_view list, std::string_view token);
// Whether any header of that name does.
bool lists_token(const HeaderFields& fields, std::string_view name, std::string_view token);

// ASCII only.
bool equals_ignoring_case(std::string_view a, std::string_view b);

// Whether `text` is a token (RFC 9110 section 5.6.2), as methods and header names are.
bool is_token(std::string_view text);

// Whether `text` contains a control character other than `allowed`.
bool has_control_char(std::string_view text, char allowed);

// A sentence about the error, for logs and for the text of a 400 response.
std::string_view to_string(HeadError error);

}  // namespace gyre::http1
