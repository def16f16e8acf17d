// HTTP responses, parsed for tests.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace gyre::test {

struct Response {
  std::string status;  // "200 OK"
  std::string head;    // with the closing empty line
  std::string body;
  bool close = false;

  bool has(std::string_view line) const {
    return head.contains("\r\n" + std::string(line) + "\r\n");
  }
};

// Parses a response, whose Content-Length must match its body, unless it answers HEAD.
inline Response response_of(std::string_view bytes, bool close, bool is_head = false) {
  const std::size_t head_size = bytes.find("\r\n\r\n") + 4;
  EXPECT_TRUE(bytes.starts_with("HTTP/1.1 "));
  EXPECT_NE(head_size, std::string_view::npos + 4) << bytes;
  Response response{.status = std::string(bytes.substr(9, bytes.find("\r\n") - 9)),
                    .head = std::string(bytes.substr(0, head_size)),
                    .body = std::string(bytes.substr(head_size)),
                    .close = close};
  if (!is_head) {
    EXPECT_TRUE(response.has("Content-Length: " + std::to_string(response.body.size())))
        << response.head;
  }
  return response;
}

}  // namespace gyre::test
