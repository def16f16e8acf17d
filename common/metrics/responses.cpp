#include "common/metrics/responses.hpp"

#include <fmt/format.h>

#include "common/http1/response.hpp"
#include "common/metrics/exposition_writer.hpp"
#include "common/metrics/html_page.hpp"

namespace gyre::metrics {
namespace {

std::string to_bytes(std::string_view status, std::string_view content_type, std::string_view body,
                     bool with_body = true) {
  return fmt::format(
      "HTTP/1.1 {}\r\n"
      "Content-Type: {}\r\n"
      "Content-Length: {}\r\n"
      "Allow: GET, HEAD\r\n"
      "Cache-Control: no-store\r\n"
      "Connection: close\r\n"
      "\r\n{}",
      status, content_type, body.size(), with_body ? body : std::string_view());
}

}  // namespace

std::string response_to(const http1::RequestHead& head, const Site& site) {
  const auto host = http1::find_header(head, "host");
  if (host && !site.host_names.contains(*host)) {
    return to_bytes("421 Misdirected Request", http1::plain_text,
                    "Metrics are not served under this host name. Ask by IP address or as "
                    "localhost, or add the name to metrics.host_names.\n");
  }
  const bool is_head = head.method == "HEAD";
  if (head.method != "GET" && !is_head) {
    return to_bytes("405 Method Not Allowed", http1::plain_text,
                    "Only GET and HEAD are supported.\n");
  }
  const std::string_view path = head.target.substr(0, head.target.find('?'));
  const auto page = [&](std::string_view content_type, std::string_view body) {
    return to_bytes("200 OK", content_type, body, !is_head);
  };
  if (path == "/metrics") return page(text_content_type, site.render());
  if (path == "/health") return page(http1::plain_text, "ok\n");
  if (path == "/") return page(http1::html, html_page(site.title, site.render()));
  return to_bytes("404 Not Found", http1::plain_text, "Not found. Try /, /metrics or /health.\n",
                  !is_head);
}

std::string response_to(http1::HeadError error) {
  return to_bytes("400 Bad Request", http1::plain_text, fmt::format("{}\n", to_string(error)));
}

}  // namespace gyre::metrics
