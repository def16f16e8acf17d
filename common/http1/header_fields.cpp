#include "common/http1/header_fields.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "common/http1/list.hpp"

namespace gyre::http1 {
namespace {

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned c = 'A'; c <= 'Z'; ++c) table[c] = table[c + ('a' - 'A')] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}

// The characters of methods and header names (RFC 9110 section 5.6.2).
constexpr auto token_table = make_token_table();

bool is_token_char(char c) {
  return token_table[static_cast<unsigned char>(c)];
}

std::expected<void, HeadError> parse_header(std::string_view line, HeaderFields& fields) {
  if (is_blank(line.front())) return std::unexpected(HeadError::folded_header);
  if (fields.header_count == header_count_max) return std::unexpected(HeadError::too_many_headers);
  const std::size_t name_size = line.find(':');
  if (name_size == std::string_view::npos) return std::unexpected(HeadError::header_name);
  auto& [name, value] = fields.header_storage[fields.header_count];
  name = line.substr(0, name_size);
  if (!is_token(name)) return std::unexpected(HeadError::header_name);
  value = trimmed(line.substr(name_size + 1));
  if (has_control_char(value, '\t')) return std::unexpected(HeadError::header_value);
  ++fields.header_count;
  return {};
}

}  // namespace

std::expected<void, HeadError> parse_header_lines(std::string_view& rest, HeaderFields& fields) {
  fields.header_count = 0;
  while (const auto line = take_line(rest)) {
    if (line->empty()) return {};
    if (const auto parsed = parse_header(*line, fields); !parsed) return parsed;
  }
  return incomplete_head;
}

// Branch-free and in bytes, so that the compiler vectorises it: http_announce of
// http_handler_benchmark takes 17 % less time than with a loop that ends at the first one.
bool has_control_char(std::string_view text, char allowed) {
  unsigned char found = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_control = (byte < 0x20) | (byte == 0x7f);
    found |= static_cast<unsigned char>(is_control & (c != allowed));
  }
  return found != 0;
}

std::optional<std::string_view> find_header(const HeaderFields& fields, std::string_view name) {
  for (const Header& header : fields.headers()) {
    if (equals_ignoring_case(header.name, name)) return header.value;
  }
  return std::nullopt;
}

bool lists_token(std::string_view list, std::string_view token) {
  ListReader items(list);
  while (const auto item = items.next()) {
    if (equals_ignoring_case(*item, token)) return true;
  }
  return false;
}

bool lists_token(const HeaderFields& fields, std::string_view name, std::string_view token) {
  for (const Header& header : fields.headers()) {
    if (equals_ignoring_case(header.name, name) && lists_token(header.value, token)) return true;
  }
  return false;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return lower_case(c); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_char);
}

std::string_view to_string(HeadError error) {
  switch (error) {
    case HeadError::incomplete:
      return "the head is incomplete";
    case HeadError::not_http:
      return "not an HTTP request";
    case HeadError::request_line:
      return "the request line is not METHOD TARGET HTTP/1.x";
    case HeadError::status_line:
      return "the status line is not HTTP/1.x STATUS REASON";
    case HeadError::version:
      return "only HTTP/1.0 and HTTP/1.1 are supported";
    case HeadError::target:
      return "the request target contains control characters";
    case HeadError::header_name:
      return "a header has no colon or a malformed name";
    case HeadError::header_value:
      return "a header value contains control characters";
    case HeadError::folded_header:
      return "a header continues on another line";
    case HeadError::too_many_headers:
      return "too many headers";
    case HeadError::request_line_too_large:
      return "the request line is too large";
    case HeadError::head_too_large:
      return "the request head is too large";
  }
  return "unknown error";
}

}  // namespace gyre::http1
