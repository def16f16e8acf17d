#include "http/pages.hpp"

#include <algorithm>

#include "common/http/text_writer.hpp"
#include "http/limits.hpp"

namespace gyre::http_tracker {
namespace {

constexpr std::size_t host_size_max = 255;  // RFC 1035 section 2.3.4

constexpr std::string_view before_url =
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
    "<p>This is a tracker: it tells BitTorrent clients who else shares a torrent. To use it, add "
    "this announce URL to a torrent:</p>\n"
    "<p><code>";
constexpr std::string_view after_url =
    "</code></p>\n"
    "<p>It stores no torrents and no files, and has no search.</p>\n"
    "<p><small>gyre_http</small></p>\n"
    "</body>\n"
    "</html>\n";
static_assert(before_url.size() + after_url.size() + host_size_max + 64 <= page_size_max);

// Whatever has other characters is not shown: nothing that a client sends gets into HTML.
bool is_host(std::string_view text) {
  const auto may_stand = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._:[]").contains(c);
  };
  return !text.empty() && text.size() <= host_size_max && std::ranges::all_of(text, may_stand);
}

}  // namespace

const Page health_page{{}, "ok\n"};
const Page not_found_page{
    {.status = "404 Not Found"},
    "There is nothing here. This is a BitTorrent tracker: its announce URL ends in /announce.\n"};
const Page method_not_allowed_page{
    {.status = "405 Method Not Allowed", .headers = "Allow: GET, HEAD\r\n"},
    "Only GET and HEAD are understood here.\n"};
const Page gone_page{{.status = "410 Gone"}, "This tracker does not serve this torrent.\n"};
// Transmission asks for fewer torrents at a time when it reads this phrase.
const Page request_line_too_long_page{{.status = "414 Request-URI Too Long"},
                                      "Request-URI Too Long: ask for fewer torrents at a time.\n"};
const Page head_too_large_page{{.status = "431 Request Header Fields Too Large"},
                               "The request has too many headers, or too long ones.\n"};
const Page tls_on_plain_page{bad_request,
                             "This port speaks plain HTTP: use http://, not https://.\n"};
const Page plain_on_tls_page{bad_request, "This port speaks TLS: use https://, not http://.\n"};

std::size_t write_index_page(std::span<std::byte> out, bool secure, std::string_view host) {
  http::TextWriter page(out);
  page.text(before_url);
  if (is_host(host)) {
    page.text(secure ? "https://" : "http://");
    page.text(host);
  }
  page.text("/announce");
  page.text(after_url);
  return page.size();
}

std::size_t write_sentence(std::span<std::byte> out, std::string_view sentence) {
  http::TextWriter page(out);
  page.text(sentence);
  page.text(".\n");
  return page.size();
}

}  // namespace gyre::http_tracker
