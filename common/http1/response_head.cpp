#include "common/http1/response_head.hpp"

#include <algorithm>

namespace gyre::http1 {
namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// HTTP/1.x SP STATUS, then possibly a reason.
std::expected<void, HeadError> parse_status_line(std::string_view line, ResponseHead& head) {
  constexpr std::string_view version_start = "HTTP/1.";
  constexpr std::size_t status_at = version_start.size() + 2;
  constexpr std::size_t status_end = status_at + 3;
  if (!line.starts_with(version_start)) {
    return std::unexpected(line.starts_with("HTTP/") ? HeadError::version : HeadError::not_http);
  }
  if (line.size() < status_end) return std::unexpected(HeadError::status_line);
  const char minor = line[version_start.size()];
  if (!is_digit(minor)) return std::unexpected(HeadError::version);
  head.version_minor = static_cast<std::uint8_t>(minor - '0');

  const std::string_view digits = line.substr(status_at, 3);
  const bool is_separated =
      line[status_at - 1] == ' ' && (line.size() == status_end || line[status_end] == ' ');
  if (!is_separated || !std::ranges::all_of(digits, is_digit))
    return std::unexpected(HeadError::status_line);
  head.status = static_cast<std::uint16_t>((digits[0] - '0') * 100 + (digits[1] - '0') * 10 +
                                           (digits[2] - '0'));
  if (head.status < 100 || head.status >= 600) return std::unexpected(HeadError::status_line);
  return {};
}

}  // namespace

HeadSize parse_response_head(std::span<const char> input, ResponseHead& head) {
  const std::string_view text(input.data(), std::min(input.size(), head_size_max));
  std::string_view rest = text;
  std::expected<void, HeadError> parsed = incomplete_head;
  if (const auto status_line = take_line(rest)) {
    parsed = parse_status_line(*status_line, head);
    if (parsed) parsed = parse_header_lines(rest, head);
  }
  if (parsed) return text.size() - rest.size();
  const bool is_too_large = parsed == incomplete_head && text.size() == head_size_max;
  return std::unexpected(is_too_large ? HeadError::head_too_large : parsed.error());
}

bool is_kept_alive(const ResponseHead& head) {
  if (lists_token(head, "Connection", "close")) return false;
  return head.version_minor > 0 || lists_token(head, "Connection", "keep-alive");
}

}  // namespace gyre::http1
