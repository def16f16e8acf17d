// Responses to people, and to what is no announce or scrape. Texts only: which one is due is for
// the handler.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "common/http/response.hpp"

namespace gyre::http_tracker {

struct Page {
  http::ResponseKind kind;
  std::string_view body;
};

extern const Page health_page;
extern const Page not_found_page;
extern const Page method_not_allowed_page;
extern const Page gone_page;
extern const Page request_line_too_long_page;
extern const Page head_too_large_page;
extern const Page tls_on_plain_page;
extern const Page plain_on_tls_page;

inline constexpr http::ResponseKind bad_request{.status = "400 Bad Request"};
inline constexpr http::ResponseKind index_kind{.content_type = http::html};

// The page at `/`, written to the front of `out` (page_size_max bytes); returns its size. `host` is
// what the client calls this tracker, taken only if it cannot be anything but a host and port.
std::size_t write_index_page(std::span<std::byte> out, bool secure, std::string_view host);

// A page of one sentence, given without full stop and line end.
std::size_t write_sentence(std::span<std::byte> out, std::string_view sentence);

}  // namespace gyre::http_tracker
