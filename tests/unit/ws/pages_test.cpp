// Responses to humans and stray programs on the tracker's port: pages, and refusals.
#include "ws/pages.hpp"

#include <gtest/gtest.h>

#include "tests/support/http_response.hpp"

namespace gyre::ws {
namespace {

using test::Response;

struct Port {
  WorkerMetrics metrics;
  std::vector<std::byte> out = std::vector<std::byte>(page_response_size_max);

  // The response to a whole request without Upgrade, or to other input.
  Response send(std::string_view bytes, bool secure = false) {
    const std::vector<char> exact(bytes.begin(), bytes.end());
    http1::RequestHead head;
    const http1::HeadSize parsed = http1::parse_request_head(exact, head);
    EXPECT_NE(parsed, http1::incomplete_head);
    return response(parsed ? write_page(head, secure, true, metrics, out)
                           : write_refusal(parsed.error(), exact, metrics, out),
                    bytes.starts_with("HEAD "));
  }
  Response response(const http1::Response& written, bool is_head = false) {
    return test::response_of({reinterpret_cast<const char*>(out.data()), written.size},
                             written.close, is_head);
  }
  std::uint64_t count(WorkerCounter counter) { return metrics.worker_counters.value(counter); }
  std::uint64_t count_of_all() {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < worker_counter_rows.size(); ++i) {
      total += metrics.worker_counters.value(i);
    }
    for (std::size_t i = 0; i < metrics::page_counter_rows.size(); ++i) {
      total += metrics.pages.value(i);
    }
    return total;
  }
};

struct Case {
  const char* name;
  std::string request;
  const char* status;
  http1::PageKind page;
  const char* phrase;  // within the body
  bool close = false;
};

using enum http1::PageKind;
using enum WorkerCounter;

const Case cases[] = {
    {"the page for people", "GET / HTTP/1.1\r\nHost: tracker.example:3001\r\n\r\n", "200 OK", index,
     "<code>ws://tracker.example:3001/announce</code>"},
    {"the same with a query", "GET /?a=b HTTP/1.1\r\nHost: t\r\n\r\n", "200 OK", index,
     "<code>ws://t/announce</code>"},
    {"health", "GET /health HTTP/1.1\r\n\r\n", "200 OK", health, "ok\n"},
    {"health, asked by an old load balancer", "GET /health HTTP/1.0\r\n\r\n", "200 OK", health,
     "ok\n", true},
    {"what browsers ask for unbidden", "GET /favicon.ico HTTP/1.1\r\n\r\n", "404 Not Found",
     not_found, "Not found"},
    {"crawlers", "GET /robots.txt HTTP/1.1\r\n\r\n", "404 Not Found", not_found, "Not found"},
    {"a client of HTTP trackers", "GET /announce?info_hash=x HTTP/1.1\r\n\r\n",
     "426 Upgrade Required", upgrade_required, "ws://"},
    {"POST", "POST /announce HTTP/1.1\r\nContent-Length: 3\r\n\r\n", "405 Method Not Allowed",
     method_not_allowed, "GET and HEAD", true},
    {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400 Bad Request", bad_request, "HTTP/1.1",
     true},
    {"binary", "\x01\x02\x03\x04", "400 Bad Request", not_http, "not an HTTP request", true},
    {"TLS", std::string("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", 11), "400 Bad Request",
     wrong_port_for_tls, "ws://", true},
    {"a request line without end", "GET /" + std::string(9000, 'a'), "414 URI Too Long",
     request_line_too_long, "too long", true},
    {"an endless header", "GET / HTTP/1.1\r\nCookie: " + std::string(9000, 'a'),
     "431 Request Header Fields Too Large", head_too_large, "header", true},
};

TEST(WsPages, AreReadableAndCounted) {
  for (const Case& row : cases) {
    SCOPED_TRACE(row.name);
    Port port;
    const Response response = port.send(row.request);
    EXPECT_EQ(response.status, row.status);
    EXPECT_EQ(response.close, row.close);
    EXPECT_TRUE(response.body.contains(row.phrase)) << response.body;
    EXPECT_TRUE(response.body.ends_with('\n'));
    EXPECT_LE(response.head.size(), http1::response_head_size_max);
    EXPECT_EQ(port.metrics.pages.value(row.page), 1U);
    EXPECT_EQ(port.count_of_all(), 1U);
  }
}

TEST(WsPages, NamesTheRequiredUpgrade) {
  EXPECT_TRUE(Port().send("GET /x HTTP/1.1\r\n\r\n").has("Upgrade: websocket"));
}

TEST(WsPages, UrlMatchesTheClientsScheme) {
  EXPECT_TRUE(Port().send("GET / HTTP/1.1\r\nHost: t\r\n\r\n", true).body.contains("wss://t/"));
  for (const char* proto : {"https", "wss"}) {
    const auto body =
        Port()
            .send("GET / HTTP/1.1\r\nHost: t\r\nX-Forwarded-Proto: " + std::string(proto) +
                  "\r\n\r\n")
            .body;
    EXPECT_TRUE(body.contains("[\"wss://t/announce\"]")) << body;
  }
}

// Nothing that a client sends gets into HTML unless it can only be a host.
TEST(WsPages, UrlHasNoInvalidHost) {
  for (const char* host : {"", "<script>alert(1)</script>", "a\"b", "a&b", "a/b"}) {
    SCOPED_TRACE(host);
    const auto body = Port().send("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n").body;
    EXPECT_TRUE(body.contains("<code>/announce</code>")) << body;
  }
}

TEST(WsPages, HeadHasNoBody) {
  Port port;
  const auto get = port.send("GET /health HTTP/1.1\r\n\r\n");
  const auto head = port.send("HEAD /health HTTP/1.1\r\n\r\n");
  EXPECT_EQ(head.head, get.head);
  EXPECT_EQ(head.body, "");
  EXPECT_FALSE(head.close);
}

TEST(WsPages, CountsRefusedUpgradesByReason) {
  const std::pair<UpgradeError, WorkerCounter> errors[] = {
      {UpgradeError::method, upgrade_malformed},
      {UpgradeError::http_version, upgrade_malformed},
      {UpgradeError::connection, upgrade_malformed},
      {UpgradeError::key, upgrade_malformed},
      {UpgradeError::version, upgrade_version},
      {UpgradeError::origin, upgrade_origin},
  };
  for (const auto& [error, counter] : errors) {
    SCOPED_TRACE(to_string(error));
    Port port;
    const Response response = port.response(write_refusal(error, port.metrics, port.out));
    EXPECT_TRUE(response.status.starts_with('4'));
    EXPECT_TRUE(response.close);
    EXPECT_EQ(port.count(counter), 1U);
    EXPECT_EQ(port.count_of_all(), 1U);
  }
}

TEST(WsPages, RefusesUnknownClients) {
  const std::pair<http1::AddressError, WorkerCounter> errors[] = {
      {http1::AddressError::no_address, upgrade_no_address},
      {http1::AddressError::no_header, upgrade_no_address_header},
      {http1::AddressError::malformed_header, upgrade_malformed_address_header},
  };
  for (const auto& [error, counter] : errors) {
    Port port;
    const Response response = port.response(write_refusal(error, port.metrics, port.out));
    EXPECT_EQ(response.status, "400 Bad Request");
    EXPECT_TRUE(response.body.contains("address"));
    EXPECT_TRUE(response.close);
    EXPECT_EQ(port.count(counter), 1U);
  }
}

TEST(WsPages, PlainHttpOnATlsPort) {
  Port port;
  const Response response = port.response(write_plain_on_tls_refusal(port.metrics, port.out));
  EXPECT_EQ(response.status, "400 Bad Request");
  EXPECT_TRUE(response.body.contains("wss://"));
  EXPECT_TRUE(response.close);
  EXPECT_EQ(port.metrics.pages.value(wrong_port_for_tls), 1U);
}

}  // namespace
}  // namespace gyre::ws
