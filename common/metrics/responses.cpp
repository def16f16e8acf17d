#include "common/metrics/responses.hpp"

#include <fmt/format.h>

#include "common/metrics/html_page.hpp"
#include "common/metrics/text_writer.hpp"

namespace gyre::metrics {
namespace {

constexpr std::string_view plain_text = "text/plain; charset=utf-8";

struct Response {
  std::string_view status = "200 OK";
  std::string_view content_type = plain_text;
  std::string body;
};

std::string to_bytes(const Response& response, bool with_body) {
  return fmt::format(
      "HTTP/1.1 {}\r\n"
      "Content-Type: {}\r\n"
      "Content-Length: {}\r\n"
      "Allow: GET, HEAD\r\n"
      "Cache-Control: no-store\r\n"
      "Connection: close\r\n"
      "\r\n{}",
      response.status, response.content_type, response.body.size(),
      with_body ? std::string_view(response.body) : std::string_view());
}

Response page_at(std::string_view path, const Site& site) {
  if (path == "/metrics") return {.content_type = text_content_type, .body = site.render()};
  if (path == "/health") return {.body = "ok\n"};
  if (path == "/") {
    return {.content_type = "text/html; charset=utf-8",
            .body = html_page(site.title, site.render())};
  }
  return {.status = "404 Not Found", .body = "Not found. Try /, /metrics or /health.\n"};
}

}  // namespace

std::string response_to(const http1::RequestHead& head, const Site& site) {
  const bool is_head = head.method == "HEAD";
  if (head.method != "GET" && !is_head) {
    return to_bytes(
        {.status = "405 Method Not Allowed", .body = "Only GET and HEAD are supported.\n"}, true);
  }
  return to_bytes(page_at(head.target.substr(0, head.target.find('?')), site), !is_head);
}

std::string response_to(http1::HeadError error) {
  return to_bytes({.status = "400 Bad Request", .body = fmt::format("{}\n", to_string(error))},
                  true);
}

}  // namespace gyre::metrics
