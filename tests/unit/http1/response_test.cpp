// Framing of responses: when a connection stays open, and when a header says so.
#include "common/http1/response.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gyre::http1 {
namespace {

constexpr const char* has_close = "Connection: close\r\n";
constexpr const char* has_keep_alive = "Connection: keep-alive\r\n";

struct Case {
  const char* request;  // request line and headers, without the last empty line
  bool close;
  const char* connection_header;
};

const Case cases[] = {
    {"GET / HTTP/1.1\r\n", false, ""},
    {"GET / HTTP/1.1\r\nConnection: keep-alive\r\n", false, ""},
    {"GET / HTTP/1.1\r\nConnection: close\r\n", true, has_close},
    {"GET / HTTP/1.1\r\nconnection: Close\r\n", true, has_close},
    {"GET / HTTP/1.1\r\nConnection: TE , close\r\n", true, has_close},
    {"GET / HTTP/1.1\r\nConnection: TE\r\nConnection: close\r\n", true, has_close},
    {"GET / HTTP/1.1\r\nConnection: keep-alive, close\r\n", true, has_close},
    {"GET / HTTP/1.1\r\nConnection: closed\r\n", false, ""},
    {"GET / HTTP/1.1\r\nConnection:\r\n", false, ""},
    {"GET / HTTP/1.9\r\n", false, ""},
    {"GET / HTTP/1.0\r\n", true, ""},
    {"GET / HTTP/1.0\r\nConnection: close\r\n", true, ""},
    {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n", false, has_keep_alive},
    {"GET / HTTP/1.0\r\nConnection: keep-alive, TE\r\n", false, has_keep_alive},
    {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n", true, ""},
    // A body is never read: the connection ends with the response.
    {"GET / HTTP/1.1\r\nContent-Length: 0\r\n", false, ""},
    {"GET / HTTP/1.1\r\nContent-Length: 5\r\n", true, has_close},
    {"GET / HTTP/1.1\r\nContent-Length: 00\r\n", true, has_close},
    {"GET / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 5\r\n", true, has_close},
    {"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", true, has_close},
    {"GET / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 1\r\n", true, ""},
};

Framing framing_for(const std::string& request, bool keep_alive) {
  const std::string text = request + "\r\n";
  RequestHead head;
  EXPECT_TRUE(parse_request_head(text, head));
  return framing_of(head, keep_alive);
}

TEST(Framing, ClosesOnRequestOrByRule) {
  for (const Case& row : cases) {
    SCOPED_TRACE(row.request);
    const Framing framing = framing_for(row.request, true);
    EXPECT_EQ(framing.close, row.close);
    EXPECT_EQ(framing.connection_header, row.connection_header);
    EXPECT_TRUE(framing.with_body);
  }
}

TEST(Framing, KeepAliveSwitchedOff) {
  for (const Case& row : cases) {
    SCOPED_TRACE(row.request);
    const Framing framing = framing_for(row.request, false);
    EXPECT_TRUE(framing.close);
    const bool is_old = std::string_view(row.request).contains("HTTP/1.0");
    EXPECT_EQ(framing.connection_header, is_old ? "" : has_close);
  }
}

std::string respond(const ResponseKind& kind, const Framing& framing, std::string_view body) {
  std::vector<std::byte> out(response_head_size_max + body.size());
  const Response response = write_response(out, kind, framing, body);
  EXPECT_EQ(response.close, framing.close);
  return {reinterpret_cast<const char*>(out.data()), response.size};
}

TEST(Response, ExactBytes) {
  EXPECT_EQ(respond({}, {.close = false}, "ok\n"),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n"
            "\r\nok\n");
  EXPECT_EQ(respond({"404 Not Found", "a/b", "X: y\r\n"}, closing_framing, ""),
            "HTTP/1.1 404 Not Found\r\nContent-Type: a/b\r\nContent-Length: 0\r\nX: y\r\n"
            "Connection: close\r\n\r\n");
  EXPECT_EQ(respond({}, {.close = false, .with_body = false}, "ok\n"),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n"
            "\r\n");
}

TEST(Response, MovesBodiesOfEverySizeToTheHead) {
  for (std::size_t size = 0; size < 1100; ++size) {
    const std::string body(size, 'b');
    const std::string response = respond({}, {.close = false}, body);
    EXPECT_TRUE(response.contains("Content-Length: " + std::to_string(size) + "\r\n"));
    EXPECT_TRUE(response.ends_with("\r\n\r\n" + body));
  }
}

}  // namespace
}  // namespace gyre::http1
