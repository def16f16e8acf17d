#include "http/pages.hpp"

#include <array>

namespace gyre::http {
namespace {

constexpr std::array<std::string_view, 2> text{
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
static_assert(http1::is_index_text(text));

const http1::Page tls_on_plain_page{http1::bad_request,
                                    "This port does not use TLS: use http://, not https://.\n"};
// Transmission scrapes fewer torrents at a time after it has read this phrase.
const http1::Page request_line_too_long_page{
    {.status = "414 Request-URI Too Long"},
    "Request-URI Too Long: ask for fewer torrents at a time.\n"};

}  // namespace

const http1::IndexText index_text{text};
const http1::Page not_found_page{
    {.status = "404 Not Found"},
    "Not found. This is a BitTorrent tracker; its announce URL ends in /announce.\n"};
const http1::Page gone_page{{.status = "410 Gone"}, "This tracker does not serve this torrent.\n"};
const http1::Page plain_on_tls_page{http1::bad_request,
                                    "This port requires TLS: use https://, not http://.\n"};
const http1::RefusalPages refusal_pages{.tls_on_plain = tls_on_plain_page,
                                        .request_line_too_long = request_line_too_long_page};

}  // namespace gyre::http
