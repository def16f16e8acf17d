// Responses for humans, and to requests that are not of the tracker's protocol, as far as the
// trackers on HTTP share them. Texts only: the handlers choose, and count.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "common/http1/request_head.hpp"
#include "common/http1/response.hpp"

namespace gyre::http1 {

inline constexpr std::size_t page_size_max = 4096;  // bytes of a body

// For counters.
enum class PageKind : std::uint8_t {
  index,
  health,
  not_found,
  method_not_allowed,
  not_http,
  bad_request,
  request_line_too_long,
  head_too_large,
  wrong_port_for_tls,
  upgrade_required,  // of gyre_ws: to a request that does not ask for a WebSocket
};

struct Page {
  ResponseKind kind;
  std::string_view body;
};

extern const Page health_page;
extern const Page method_not_allowed_page;

inline constexpr ResponseKind bad_request{.status = "400 Bad Request"};
inline constexpr ResponseKind index_kind{.content_type = html};

// HTML that is interrupted by the announce URL: it goes between every two pieces.
// REQUIRES: is_index_text(text).
using IndexText = std::span<const std::string_view>;
constexpr bool is_index_text(IndexText text) {
  constexpr std::size_t url_size_max = 64 + 255;
  std::size_t size = text.size() * url_size_max;
  for (const auto piece : text) size += piece.size();
  return size <= page_size_max;
}

// Writes the page at `/` to the front of `out` and returns its size. The URL has the host by which
// the client calls this tracker, if it is well-formed.
// REQUIRES: `out` has page_size_max bytes.
std::size_t write_index_page(std::span<std::byte> out, IndexText text, std::string_view scheme,
                             const RequestHead& head);

// Whether the client used TLS, to this program or to a proxy in front of it. X-Forwarded-Proto is
// believed from anyone: only its sender sees the result.
bool came_by_tls(const RequestHead& head, bool secure);

// Writes a page of one sentence, which is given without full stop, and returns its size.
std::size_t write_sentence(std::span<std::byte> out, std::string_view sentence);

// The page for `input`, whose head is invalid: one of those from not_http on. REQUIRES: `input` is
// not empty.
PageKind refusal_kind(HeadError error, std::span<const char> input);

// The response with that page, which closes the connection; two pages are the program's own.
// REQUIRES: `out` has response_head_size_max + page_size_max bytes.
Response write_refusal(std::span<std::byte> out, PageKind kind, HeadError error,
                       const Page& tls_on_plain, const Page& request_line_too_long);

}  // namespace gyre::http1
