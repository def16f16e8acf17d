#include "common/http1/request_head.hpp"

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

// Branch-free and in bytes, so that the compiler vectorises it.
bool has_control_char(std::string_view text, char allowed) {
  unsigned char found = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_control = (byte < 0x20) | (byte == 0x7f);
    found |= static_cast<unsigned char>(is_control & (c != allowed));
  }
  return found != 0;
}

// Takes one line off the front of `rest`, without its line end; nullopt if there is no LF.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view line = rest.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  rest.remove_prefix(end + 1);
  return line;
}

void skip_leading_empty_lines(std::string_view& rest) {
  for (std::size_t i = 0; i < leading_empty_lines_max; ++i) {
    if (rest.starts_with('\n')) {
      rest.remove_prefix(1);
    } else if (rest.starts_with("\r\n")) {
      rest.remove_prefix(2);
    }
  }
}

// Rejects other protocols, such as TLS, by their first byte.
bool may_start_request(std::string_view rest) {
  return rest.empty() || rest == "\r" || is_token_char(rest.front());
}

// METHOD SP target SP HTTP/1.x. The target may contain spaces: some clients leave them in.
HeadError parse_request_line(std::string_view line, RequestHead& head) {
  constexpr std::string_view version_start = " HTTP/1.";
  constexpr std::size_t version_size = version_start.size() + 1;
  const std::size_t method_size = line.find(' ');
  if (method_size == std::string_view::npos) return HeadError::request_line;
  head.method = line.substr(0, method_size);
  if (!is_token(head.method)) return HeadError::request_line;

  const std::string_view after_method = line.substr(method_size);
  if (after_method.size() < version_size) return HeadError::request_line;
  const std::string_view version = after_method.substr(after_method.size() - version_size);
  const char minor = version.back();
  if (!version.starts_with(version_start) || minor < '0' || minor > '9') return HeadError::version;
  head.version_minor = static_cast<std::uint8_t>(minor - '0');

  head.target = trimmed(after_method.substr(0, after_method.size() - version_size));
  if (head.target.empty()) return HeadError::request_line;
  return has_control_char(head.target, ' ') ? HeadError::target : HeadError::none;
}

HeadError parse_header(std::string_view line, RequestHead& head) {
  if (is_blank(line.front())) return HeadError::folded_header;
  if (head.header_count == header_count_max) return HeadError::too_many_headers;
  const std::size_t name_size = line.find(':');
  if (name_size == std::string_view::npos) return HeadError::header_name;
  auto& [name, value] = head.header_storage[head.header_count];
  name = line.substr(0, name_size);
  if (!is_token(name)) return HeadError::header_name;
  value = trimmed(line.substr(name_size + 1));
  if (has_control_char(value, '\t')) return HeadError::header_value;
  ++head.header_count;
  return HeadError::none;
}

HeadResult invalid(HeadError error) {
  return {.status = HeadStatus::invalid, .error = error};
}

// Checks every complete line in order, so that the result never depends on how the input was split.
// What follows the head is left in `rest`.
HeadResult parse_lines(std::string_view& rest, RequestHead& head) {
  head.header_count = 0;
  const auto request_line = take_line(rest);
  if (!request_line) return {};
  if (const auto error = parse_request_line(*request_line, head); error != HeadError::none) {
    return invalid(error);
  }
  while (const auto line = take_line(rest)) {
    if (line->empty()) return {.status = HeadStatus::complete};
    if (const auto error = parse_header(*line, head); error != HeadError::none) {
      return invalid(error);
    }
  }
  return {};
}

}  // namespace

HeadResult parse_request_head(std::span<const char> input, RequestHead& head, std::size_t seen) {
  const std::string_view text(input.data(), std::min(input.size(), head_size_max));
  std::string_view rest = text;
  skip_leading_empty_lines(rest);
  if (!may_start_request(rest)) return invalid(HeadError::not_http);
  const std::string_view from_request_line = rest;

  HeadResult result;
  const bool has_new_line = seen == 0 || text.substr(std::min(seen, text.size())).contains('\n');
  if (has_new_line) result = parse_lines(rest, head);
  if (result.status == HeadStatus::complete) result.consumed = text.size() - rest.size();
  if (result.status == HeadStatus::need_more && text.size() == head_size_max) {
    // Names the part that takes up most of the head.
    const bool is_for_line = from_request_line.find('\n') > head_size_max / 2;
    return invalid(is_for_line ? HeadError::request_line_too_large : HeadError::head_too_large);
  }
  return result;
}

std::optional<std::string_view> find_header(const RequestHead& head, std::string_view name) {
  for (const Header& header : head.headers()) {
    if (equals_ignoring_case(header.name, name)) return header.value;
  }
  return std::nullopt;
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
    case HeadError::none:
      return "no error";
    case HeadError::not_http:
      return "not an HTTP request";
    case HeadError::request_line:
      return "the request line is not METHOD TARGET HTTP/1.x";
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
