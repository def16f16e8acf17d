// A request head parsed from text, for tests of what its headers mean.
#pragma once

#include <string>
#include <string_view>

#include "common/base/check.hpp"
#include "common/http1/request_head.hpp"

namespace gyre::http1::test {

struct ParsedHead {
  // `headers` are whole lines, each with its line end.
  explicit ParsedHead(std::string_view headers)
      : text("GET / HTTP/1.1\r\n" + std::string(headers) + "\r\n") {
    CHECK(parse_request_head(text, head).has_value());
  }
  ParsedHead(const ParsedHead&) = delete;
  ParsedHead& operator=(const ParsedHead&) = delete;

  std::string text;
  RequestHead head;
};

}  // namespace gyre::http1::test
