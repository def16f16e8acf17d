#include "ws/pages.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "common/base/check.hpp"

namespace gyre::ws {
namespace {

// The announce URL goes between every two pieces.
constexpr std::array<std::string_view, 3> index_text{
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>WebTorrent tracker</title>\n"
    "<style>body{font:1em/1.5 sans-serif;max-width:40em;margin:3em auto;padding:0 1em}"
    "code,pre{background:#eee;padding:.2em .4em}pre{overflow:auto}</style>\n"
    "</head>\n"
    "<body>\n"
    "<h1>WebTorrent tracker</h1>\n"
    "<p>This is a WebTorrent tracker: it relays the WebRTC offers and answers with which the peers "
    "of a torrent connect to each other. To use it, add this announce URL to a torrent:</p>\n"
    "<p><code>",
    "</code></p>\n"
    "<p>With WebTorrent:</p>\n"
    "<pre>const client = new WebTorrent()\n"
    "client.seed(files, { announce: [\"",
    "\"] })</pre>\n"
    "<p>Files go directly from browser to browser. The tracker does not store torrents or files, "
    "and has no search.</p>\n"
    "<p><small>gyre_ws</small></p>\n"
    "</body>\n"
    "</html>\n"};
static_assert(http1::is_index_text(index_text));

const http1::Page not_found_page{{.status = "404 Not Found"}, "Not found.\n"};
// RFC 9110 section 15.5.22 requires the Upgrade header.
const http1::Page upgrade_required_page{
    {.status = "426 Upgrade Required", .headers = "Upgrade: websocket\r\n"},
    "This is a WebTorrent tracker: use ws:// or wss://, not http:// or https://.\n"};
const http1::Page plain_on_tls_page{http1::bad_request,
                                    "This port requires TLS: use wss:// or https://, not ws:// "
                                    "or http://.\n"};
const http1::Page tls_on_plain_page{http1::bad_request,
                                    "This port does not use TLS: use ws:// or http://, not "
                                    "wss:// or https://.\n"};
const http1::Page request_line_too_long_page{{.status = "414 URI Too Long"},
                                             "The request line is too long.\n"};

// Paths that browsers and crawlers request by themselves.
constexpr std::array<std::string_view, 2> browser_requests{"/favicon.ico", "/robots.txt"};

WorkerCounter counter_of(UpgradeError error) {
  switch (error) {
    case UpgradeError::version:
      return WorkerCounter::upgrade_version;
    case UpgradeError::origin:
      return WorkerCounter::upgrade_origin;
    case UpgradeError::denied_network:
      return WorkerCounter::upgrade_denied_network;
    case UpgradeError::denied_user_agent:
      return WorkerCounter::upgrade_denied_user_agent;
    case UpgradeError::method:
    case UpgradeError::http_version:
    case UpgradeError::connection:
    case UpgradeError::key:
      break;
  }
  return WorkerCounter::upgrade_malformed;
}

http1::Response write_counted(const http1::Page& page, http1::PageKind kind,
                              const http1::Framing& framing, WorkerMetrics& metrics,
                              std::span<std::byte> out) {
  metrics.count(kind);
  return http1::write_response(out, page.kind, framing, page.body);
}

}  // namespace

http1::Response write_page(const http1::RequestHead& head, bool secure, bool keep_alive,
                           WorkerMetrics& metrics, std::span<std::byte> out) {
  using http1::PageKind;
  DCHECK(out.size() >= page_response_size_max);
  if (head.method != "GET" && head.method != "HEAD") {
    return write_counted(http1::method_not_allowed_page, PageKind::method_not_allowed,
                         http1::closing_framing, metrics, out);
  }
  const http1::Framing framing = http1::framing_of(head, keep_alive);
  const std::string_view path = head.target.substr(0, head.target.find('?'));
  if (path == "/health")
    return write_counted(http1::health_page, PageKind::health, framing, metrics, out);
  if (path == "/") {
    metrics.count(PageKind::index);
    const std::string_view scheme = http1::came_by_tls(head, secure) ? "wss" : "ws";
    return http1::finish_response(
        out, http1::index_kind, framing,
        http1::write_index_page(http1::body_room(out), index_text, scheme, head));
  }
  if (std::ranges::find(browser_requests, path) != browser_requests.end()) {
    return write_counted(not_found_page, PageKind::not_found, framing, metrics, out);
  }
  return write_counted(upgrade_required_page, PageKind::upgrade_required, framing, metrics, out);
}

http1::Response write_refusal(UpgradeError error, WorkerMetrics& metrics,
                              std::span<std::byte> out) {
  static_assert(upgrade_refusal_size_max <= page_response_size_max);
  metrics.count(counter_of(error));
  return write_upgrade_refusal(error, out);
}

http1::Response write_refusal(http1::AddressError error, WorkerMetrics& metrics,
                              std::span<std::byte> out) {
  constexpr std::array counters = {
      WorkerCounter::upgrade_no_address, WorkerCounter::upgrade_no_address_header,
      WorkerCounter::upgrade_malformed_address_header};  // by AddressError
  metrics.count(counters[static_cast<std::size_t>(error)]);
  return http1::finish_response(out, http1::bad_request, http1::closing_framing,
                                http1::write_sentence(http1::body_room(out), to_string(error)));
}

http1::Response write_refusal(http1::HeadError error, std::span<const char> input,
                              WorkerMetrics& metrics, std::span<std::byte> out) {
  DCHECK(!input.empty() && out.size() >= page_response_size_max);
  const http1::PageKind kind = http1::refusal_kind(error, input);
  metrics.count(kind);
  return http1::write_refusal(out, kind, error, tls_on_plain_page, request_line_too_long_page);
}

http1::Response write_plain_on_tls_refusal(WorkerMetrics& metrics, std::span<std::byte> out) {
  return write_counted(plain_on_tls_page, http1::PageKind::wrong_port_for_tls,
                       http1::closing_framing, metrics, out);
}

}  // namespace gyre::ws
