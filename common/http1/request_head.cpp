#include "common/http1/request_head.hpp"

#include <algorithm>

#include "common/http1/list.hpp"

namespace gyre::http1 {
namespace {

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
  return rest.empty() || rest == "\r" || is_token(rest.substr(0, 1));
}

// METHOD SP target SP HTTP/1.x. The target may contain spaces: some clients leave them in.
std::expected<void, HeadError> parse_request_line(std::string_view line, RequestHead& head) {
  constexpr std::string_view version_start = " HTTP/1.";
  constexpr std::size_t version_size = version_start.size() + 1;
  const std::size_t method_size = line.find(' ');
  if (method_size == std::string_view::npos) return std::unexpected(HeadError::request_line);
  head.method = line.substr(0, method_size);
  if (!is_token(head.method)) return std::unexpected(HeadError::request_line);

  const std::string_view after_method = line.substr(method_size);
  if (after_method.size() < version_size) return std::unexpected(HeadError::request_line);
  const std::string_view version = after_method.substr(after_method.size() - version_size);
  const char minor = version.back();
  if (!version.starts_with(version_start) || minor < '0' || minor > '9')
    return std::unexpected(HeadError::version);
  head.version_minor = static_cast<std::uint8_t>(minor - '0');

  head.target = trimmed(after_method.substr(0, after_method.size() - version_size));
  if (head.target.empty()) return std::unexpected(HeadError::request_line);
  if (has_control_char(head.target, ' ')) return std::unexpected(HeadError::target);
  return {};
}

// What follows the head is left in `rest`.
std::expected<void, HeadError> parse_lines(std::string_view& rest, RequestHead& head) {
  const auto request_line = take_line(rest);
  if (!request_line) return incomplete_head;
  if (const auto parsed = parse_request_line(*request_line, head); !parsed) return parsed;
  return parse_header_lines(rest, head);
}

}  // namespace

HeadSize parse_request_head(std::span<const char> input, RequestHead& head, std::size_t seen) {
  const std::string_view text(input.data(), std::min(input.size(), head_size_max));
  std::string_view rest = text;
  skip_leading_empty_lines(rest);
  if (!may_start_request(rest)) return std::unexpected(HeadError::not_http);
  const std::string_view from_request_line = rest;

  std::expected<void, HeadError> parsed = incomplete_head;
  const bool has_new_line = seen == 0 || text.substr(std::min(seen, text.size())).contains('\n');
  if (has_new_line) parsed = parse_lines(rest, head);
  if (parsed) return text.size() - rest.size();
  if (parsed == incomplete_head && text.size() == head_size_max) {
    // Names the part that takes up most of the head.
    const bool is_for_line = from_request_line.find('\n') > head_size_max / 2;
    return std::unexpected(is_for_line ? HeadError::request_line_too_large
                                       : HeadError::head_too_large);
  }
  return std::unexpected(parsed.error());
}

}  // namespace gyre::http1
