// Responses to humans and stray programs: pages, and refusals of input that is not a request.
#include <gtest/gtest.h>

#include "tests/unit/http/handler_fixture.hpp"

namespace gyre::http {
namespace {

using test::client;
using test::Response;
using test::Tracker;

struct Case {
  const char* name;
  std::string request;
  const char* status;
  http1::PageKind page;
  const char* phrase;  // within the body
  bool close = false;
};

const std::string long_target(9000, 'a');

using enum http1::PageKind;

const Case cases[] = {
    {"the page for people", "GET / HTTP/1.1\r\nHost: tracker.example:3000\r\n\r\n", "200 OK", index,
     "<code>http://tracker.example:3000/announce</code>"},
    {"health", "GET /health HTTP/1.1\r\n\r\n", "200 OK", health, "ok\n"},
    {"health, asked by an old load balancer", "GET /health HTTP/1.0\r\n\r\n", "200 OK", health,
     "ok\n", true},
    {"another path", "GET /favicon.ico HTTP/1.1\r\n\r\n", "404 Not Found", not_found, "/announce"},
    {"POST", "POST /announce?info_hash=x HTTP/1.1\r\nContent-Length: 3\r\n\r\n",
     "405 Method Not Allowed", method_not_allowed, "GET and HEAD", true},
    {"POST that waits to be asked for its body",
     "POST / HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n",
     "405 Method Not Allowed", method_not_allowed, "GET and HEAD", true},
    {"OPTIONS", "OPTIONS * HTTP/1.1\r\n\r\n", "405 Method Not Allowed", method_not_allowed,
     "GET and HEAD", true},
    {"a method in lower case", "get / HTTP/1.1\r\n\r\n", "405 Method Not Allowed",
     method_not_allowed, "GET and HEAD", true},
    {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400 Bad Request", bad_request, "HTTP/1.1",
     true},
    {"a header without colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", "400 Bad Request", bad_request,
     "colon", true},
    {"a folded header", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", "400 Bad Request", bad_request,
     "continues", true},
    {"binary", "\x01\x02\x03\x04", "400 Bad Request", not_http, "not an HTTP request", true},
    {"TLS", std::string("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", 11), "400 Bad Request",
     wrong_port_for_tls, "http://", true},
    {"a request line alone", "GET /" + long_target, "414 Request-URI Too Long",
     request_line_too_long, "Request-URI Too Long", true},
    {"a request line that is too long and ends", "GET /" + long_target + " HTTP/1.1\r\n\r\n",
     "414 Request-URI Too Long", request_line_too_long, "Request-URI Too Long", true},
    {"the same after an empty line", "\r\nGET /" + long_target, "414 Request-URI Too Long",
     request_line_too_long, "Request-URI Too Long", true},
    {"an endless header", "GET / HTTP/1.1\r\nCookie: " + long_target,
     "431 Request Header Fields Too Large", head_too_large, "header", true},
    {"too many headers",
     [] {
       std::string request = "GET / HTTP/1.1\r\n";
       for (int i = 0; i < 101; ++i) request += "A: b\r\n";
       return request + "\r\n";
     }(),
     "431 Request Header Fields Too Large", head_too_large, "header", true},
};

TEST(Pages, AreReadableAndCounted) {
  for (const Case& row : cases) {
    SCOPED_TRACE(row.name);
    Tracker tracker;
    const Response response = tracker.send(row.request, client("10.0.0.1"));
    EXPECT_EQ(response.status, row.status);
    EXPECT_EQ(response.close, row.close);
    EXPECT_TRUE(response.body.contains(row.phrase)) << response.body;
    EXPECT_TRUE(response.body.ends_with('\n'));
    EXPECT_EQ(tracker.metrics.pages.value(row.page), 1U);
    EXPECT_LE(response.head.size(), http1::response_head_size_max);
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < metrics::page_counter_rows.size(); ++i) {
      total += tracker.metrics.pages.value(i);
    }
    EXPECT_EQ(total, 1U);
  }
}

TEST(Pages, ListAllowedMethods) {
  Tracker tracker;
  EXPECT_TRUE(tracker.send("PUT / HTTP/1.1\r\n\r\n", client("10.0.0.1")).has("Allow: GET, HEAD"));
}

TEST(Pages, PlainHttpOnATlsPort) {
  Tracker tracker;
  const http1::Response refused = tracker.handler.refuse_plain_on_tls(tracker.out);
  const Response response = test::response_of(
      {reinterpret_cast<const char*>(tracker.out.data()), refused.size}, refused.close);
  EXPECT_EQ(response.status, "400 Bad Request");
  EXPECT_TRUE(response.close);
  EXPECT_TRUE(response.body.contains("https://"));
  EXPECT_EQ(tracker.metrics.pages.value(wrong_port_for_tls), 1U);
}

TEST(Pages, HeadHasNoBody) {
  Tracker tracker;
  const auto get = tracker.send("GET /health HTTP/1.1\r\n\r\n", client("10.0.0.1"));
  const auto head = tracker.send("HEAD /health HTTP/1.1\r\n\r\n", client("10.0.0.1"));
  EXPECT_EQ(head.head, get.head);
  EXPECT_EQ(head.body, "");
  EXPECT_FALSE(head.close);
}

std::string index_for(const std::string& headers, bool secure) {
  Tracker tracker;
  const auto response =
      tracker.send("GET / HTTP/1.1\r\n" + headers + "\r\n", client("10.0.0.1"), secure);
  EXPECT_TRUE(response.has("Content-Type: text/html; charset=utf-8"));
  const std::size_t begin = response.body.find("<code>") + 6;
  return response.body.substr(begin, response.body.find("</code>") - begin);
}

TEST(Pages, IndexShowsTheAnnounceUrl) {
  EXPECT_EQ(index_for("Host: t.example\r\n", false), "http://t.example/announce");
  EXPECT_EQ(index_for("Host: t.example\r\n", true), "https://t.example/announce");
  EXPECT_EQ(index_for("Host: t.example\r\nX-Forwarded-Proto: https\r\n", false),
            "https://t.example/announce");
  EXPECT_EQ(index_for("Host: [2001:db8::1]:3000\r\n", false), "http://[2001:db8::1]:3000/announce");
}

// Nothing that a client sends gets into HTML unless it can only be a host.
TEST(Pages, IndexShowsNoInvalidHost) {
  for (const char* host :
       {"", "<script>alert(1)</script>", "a\"b", "a'b", "a&b", "a b", "a/b", "\xc3\xa4.example"}) {
    SCOPED_TRACE(host);
    EXPECT_EQ(index_for("Host: " + std::string(host) + "\r\n", true), "/announce");
  }
  EXPECT_EQ(index_for("Host: " + std::string(256, 'a') + "\r\n", true), "/announce");
  EXPECT_EQ(index_for("Host: " + std::string(255, 'a') + "\r\n", true),
            "https://" + std::string(255, 'a') + "/announce");
  EXPECT_EQ(index_for("", true), "/announce");
}

}  // namespace
}  // namespace gyre::http
