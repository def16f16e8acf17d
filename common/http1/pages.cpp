#include "common/http1/pages.hpp"

#include <algorithm>

#include "common/base/check.hpp"
#include "common/http1/text_writer.hpp"

namespace gyre::http1 {
namespace {

constexpr std::size_t host_size_max = 255;  // RFC 1035 section 2.3.4

const Page head_too_large_page{{.status = "431 Request Header Fields Too Large"},
                               "The request has too many headers, or they are too long.\n"};

// Only these characters are echoed: nothing else that a client sends gets into HTML.
bool is_host(std::string_view text) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._:[]").contains(c);
  };
  return !text.empty() && text.size() <= host_size_max && std::ranges::all_of(text, is_allowed);
}

}  // namespace

const Page health_page{{}, "ok\n"};
const Page method_not_allowed_page{
    {.status = "405 Method Not Allowed", .headers = "Allow: GET, HEAD\r\n"},
    "Only GET and HEAD are supported.\n"};

std::size_t write_index_page(std::span<std::byte> out, IndexText text, std::string_view scheme,
                             const RequestHead& head) {
  DCHECK(is_index_text(text) && out.size() >= page_size_max);
  const std::string_view host = find_header(head, "Host").value_or("");
  TextWriter page(out);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i > 0) {
      if (is_host(host)) {
        page.text(scheme);
        page.text("://");
        page.text(host);
      }
      page.text("/announce");
    }
    page.text(text[i]);
  }
  return page.size();
}

bool came_by_tls(const RequestHead& head, bool secure) {
  const std::string_view proto = find_header(head, "X-Forwarded-Proto").value_or("");
  return secure || proto == "https" || proto == "wss";
}

std::size_t write_sentence(std::span<std::byte> out, std::string_view sentence) {
  TextWriter page(out);
  page.text(sentence);
  page.text(".\n");
  return page.size();
}

PageKind refusal_kind(HeadError error, std::span<const char> input) {
  // The content type of a TLS handshake record (RFC 8446 section 5.1): more may not have come yet.
  constexpr char tls_handshake = 0x16;
  switch (error) {
    case HeadError::too_many_headers:
    case HeadError::head_too_large:
      return PageKind::head_too_large;
    case HeadError::request_line_too_large:
      return PageKind::request_line_too_long;
    case HeadError::not_http:
      return input.front() == tls_handshake ? PageKind::wrong_port_for_tls : PageKind::not_http;
    default:
      return PageKind::bad_request;
  }
}

Response write_refusal(std::span<std::byte> out, PageKind kind, HeadError error,
                       const Page& tls_on_plain, const Page& request_line_too_long) {
  const auto page = [out](const Page& text) {
    return write_response(out, text.kind, closing_framing, text.body);
  };
  if (kind == PageKind::head_too_large) return page(head_too_large_page);
  if (kind == PageKind::request_line_too_long) return page(request_line_too_long);
  if (kind == PageKind::wrong_port_for_tls) return page(tls_on_plain);
  const std::size_t size = write_sentence(body_room(out), to_string(error));
  return finish_response(out, bad_request, closing_framing, size);
}

}  // namespace gyre::http1
