#include "http/pages.hpp"

#include <array>

namespace gyre::http {
namespace {

constexpr std::array<std::string_view, 2> index_text{
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>BitTorrent tracker</title>\n"
    "<style>body{font:1em/1.5 sans-serif;max-width:40em;margin:3em auto;padding:0 1em}"
    "code{background:#eee;padding:.2em .4em}</style>\n"
    "</head>\n"
    "<body>\n"
    "<h1>BitTorrent tracker</h1>\n"
    "<p>This is a BitTorrent tracker: it helps the peers of a torrent find each other. To use it, "
    "add this announce URL to a torrent:</p>\n"
    "<p><code>",
    "</code></p>\n"
    "<p>It does not store torrents or files, and has no search.</p>\n"
    "<p><small>gyre_http</small></p>\n"
    "</body>\n"
    "</html>\n"};
static_assert(http1::is_index_text(index_text));

const http1::Page tls_on_plain_page{http1::bad_request,
                                    "This port does not use TLS: use http://, not https://.\n"};
// Transmission scrapes fewer torrents at a time after it has read this phrase.
const http1::Page request_line_too_long_page{
    {.status = "414 Request-URI Too Long"},
    "Request-URI Too Long: ask for fewer torrents at a time.\n"};

const http1::Page not_found_page{
    {.status = "404 Not Found"},
    "Not found. This is a BitTorrent tracker; its announce URL ends in /announce.\n"};
const http1::Page gone_page{{.status = "410 Gone"},
                            "This tracker does not serve this torrent or client.\n"};
const http1::Page plain_on_tls_page{http1::bad_request,
                                    "This port requires TLS: use https://, not http://.\n"};

const http1::Page& fixed_page(http1::PageKind kind) {
  switch (kind) {
    case http1::PageKind::health:
      return http1::health_page;
    case http1::PageKind::method_not_allowed:
      return http1::method_not_allowed_page;
    case http1::PageKind::wrong_port_for_tls:
      return plain_on_tls_page;
    default:
      return not_found_page;
  }
}

}  // namespace

http1::Response page_at(std::string_view path, const http1::RequestHead& head, bool by_tls,
                        const http1::Framing& framing, WorkerMetrics& metrics,
                        std::span<std::byte> out) {
  using enum http1::PageKind;
  if (path != "/") return write_page(path == "/health" ? health : not_found, framing, metrics, out);
  metrics.count(index);
  const std::string_view scheme = by_tls ? "https" : "http";
  return http1::finish_response(
      out, http1::index_kind, framing,
      http1::write_index_page(http1::body_room(out), index_text, scheme, head));
}

http1::Response write_page(http1::PageKind kind, const http1::Framing& framing,
                           WorkerMetrics& metrics, std::span<std::byte> out) {
  const http1::Page& page = fixed_page(kind);
  metrics.count(kind);
  return http1::write_response(out, page.kind, framing, page.body);
}

http1::Response refuse(http1::HeadError error, std::span<const char> input, WorkerMetrics& metrics,
                       std::span<std::byte> out) {
  const http1::PageKind kind = http1::refusal_kind(error, input);
  metrics.count(kind);
  return http1::write_refusal(out, kind, error, tls_on_plain_page, request_line_too_long_page);
}

http1::Response write_gone(const http1::Framing& framing, std::span<std::byte> out) {
  return http1::write_response(out, gone_page.kind, framing, gone_page.body);
}

}  // namespace gyre::http
