// Responses for people, and to what is no request of the tracker's protocol, as far as all trackers
// on HTTP have them alike. Texts only: which one is due is for the handler, who counts them, too.
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

// HTML with the announce URL between each two of its pieces. REQUIRES: is_index_text(text).
using IndexText = std::span<const std::string_view>;
constexpr bool is_index_text(IndexText text) {
  constexpr std::size_t url_size_max = 64 + 255;
  std::size_t size = text.size() * url_size_max;
  for (const auto piece : text) size += piece.size();
  return size <= page_size_max;
}

// The page at `/`, written to the front of `out` (page_size_max bytes); returns its size. The host
// of the URL is what the client calls this tracker, taken only if it cannot be anything but a host
// and port.
std::size_t write_index_page(std::span<std::byte> out, IndexText text, std::string_view scheme,
                             const RequestHead& head);

// Whether the client came by TLS, to this program or to a proxy before it. The proxy's word needs
// no trust where only its sender sees the result.
bool came_by_tls(const RequestHead& head, bool secure);

// A page of one sentence, given without full stop and line end.
std::size_t write_sentence(std::span<std::byte> out, std::string_view sentence);

// What is sent to who sends `input`, whose head is invalid: one of the pages from not_http on.
PageKind refusal_kind(HeadError error, std::span<const char> input);

// The response to it, which closes the connection; two pages are the program's own. `out` has
// response_head_size_max and page_size_max bytes.
Response write_refusal(std::span<std::byte> out, PageKind kind, HeadError error,
                       const Page& tls_on_plain, const Page& request_line_too_long);

}  // namespace gyre::http1
