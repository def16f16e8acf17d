#include "common/http1/response_head.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace gyre::http1 {
namespace {

TEST(ResponseHead, AsServersSendIt) {
  struct Case {
    std::string_view text;
    std::uint16_t status;
    bool keep_alive;
    std::optional<std::string_view> content_length;
  };
  const std::vector<Case> cases = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n", 200, true, "12"},
      {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 12\r\n\r\n", 200, false, "12"},
      {"HTTP/1.1 200 OK\nConnection: x, Close\n\n", 200, false, {}},
      {"HTTP/1.0 200 OK\r\nContent-Length: 12\r\n\r\n", 200, false, "12"},
      {"HTTP/1.0 200 OK\r\nconnection:keep-alive\r\ncontent-length:\t0 \r\n\r\n", 200, true, "0"},
      {"HTTP/1.1 101 Switching Protocols\r\n\r\n", 101, true, {}},
      {"HTTP/1.1 404 \r\n\r\n", 404, true, {}},
      {"HTTP/1.1 200\r\n\r\n", 200, true, {}},
  };
  for (const Case& c : cases) {
    ResponseHead head;
    const std::string with_body = std::string(c.text) + "d5:peers0:e";
    const auto result = parse_response_head(with_body, head);
    ASSERT_EQ(result, c.text.size()) << c.text;
    EXPECT_EQ(head.status, c.status) << c.text;
    EXPECT_EQ(is_kept_alive(head), c.keep_alive) << c.text;
    EXPECT_EQ(find_header(head, "Content-Length"), c.content_length) << c.text;
    for (std::size_t size = 0; size < c.text.size(); ++size) {
      const auto part = parse_response_head(c.text.substr(0, size), head);
      EXPECT_EQ(part, incomplete_head) << c.text.substr(0, size);
    }
  }
}

TEST(ResponseHead, WhatIsNone) {
  struct Case {
    std::string text;
    HeadError error;
  };
  const std::vector<Case> cases = {
      {"HTTP/2 200 OK\r\n\r\n", HeadError::version},
      {"HTTP/1.x 200 OK\r\n\r\n", HeadError::version},
      {"d8:completei1ee\r\n\r\n", HeadError::not_http},
      {"HTTP/1.1 2x0 OK\r\n\r\n", HeadError::status_line},
      {"HTTP/1.1200 OK\r\n\r\n", HeadError::status_line},
      {"HTTP/1.1 2000 OK\r\n\r\n", HeadError::status_line},
      {"HTTP/1.1 20\r\n\r\n", HeadError::status_line},
      {"HTTP/1.1 099 OK\r\n\r\n", HeadError::status_line},
      {"HTTP/1.1 600 No\r\n\r\n", HeadError::status_line},
      {"HTTP/1.1 200 OK\r\nno header\r\n\r\n", HeadError::header_name},
      {"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", HeadError::folded_header},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(head_size_max, 'x'), HeadError::head_too_large},
  };
  for (const Case& c : cases) {
    ResponseHead head;
    const auto result = parse_response_head(c.text, head);
    EXPECT_EQ(result, std::unexpected(c.error)) << c.text;
  }
}

}  // namespace
}  // namespace gyre::http1
