// Rules about origins: which pages they match, and which are valid.
#include "ws/origin.hpp"

#include <gtest/gtest.h>

#include "common/base/check.hpp"

namespace gyre::ws {
namespace {

TEST(OriginRules, MatchOrigins) {
  const OriginRules none;
  const OriginRules closed{.deny_empty = true};
  const OriginRules listed{.allow = {"https://example.org", "*.example.net", "null"}};
  const OriginRules denying{.deny = {"https://bad.example", "*.worse.example"}};
  const OriginRules both{.allow = {"*.example.net"}, .deny = {"https://a.example.net"}};
  struct Case {
    const OriginRules& rules;
    const char* origin;
    bool allowed;
  };
  const Case cases[] = {
      {none, "", true},
      {none, "https://anything.example", true},
      {none, "null", true},
      {closed, "", false},
      {closed, "https://anything.example", true},
      {listed, "", true},
      {listed, "https://example.org", true},
      {listed, "HTTPS://Example.ORG", true},
      {listed, "null", true},
      {listed, "http://example.org", false},
      {listed, "https://example.org:8443", false},
      {listed, "https://www.example.org", false},
      {listed, "https://example.org.evil.example", false},
      {listed, "https://www.example.net", true},
      {listed, "http://a.b.Example.net:8080", true},
      {listed, "https://example.net", false},
      {listed, "https://badexample.net", false},
      {listed, "https://.example.net", false},
      {listed, "www.example.net", false},
      {listed, "https://evil.example/.example.net", false},
      {listed, "https://[::1]:80", false},
      {denying, "https://good.example", true},
      {denying, "https://bad.example", false},
      {denying, "https://www.bad.example", true},
      {denying, "wss://x.worse.example:1", false},
      {both, "https://b.example.net", true},
      {both, "https://a.example.net", false},
      {both, "https://a.example.net:444", true},
      {both, "https://example.org", false},
  };
  for (const auto& [rules, origin, allowed] : cases) {
    EXPECT_EQ(rules.allows(std::string_view(origin)), allowed) << origin;
  }
}

TEST(OriginRules, ReadTheHeader) {
  const OriginRules rules{.deny = {"https://bad.example"}, .deny_empty = true};
  const auto allows = [&](const std::string& headers) {
    const std::string text = "GET / HTTP/1.1\r\n" + headers + "\r\n";
    http1::RequestHead head;
    CHECK(parse_request_head(text, head).has_value());
    return rules.allows(head);
  };
  EXPECT_FALSE(allows(""));
  EXPECT_FALSE(allows("Origin:\r\n"));
  EXPECT_TRUE(allows("origin: https://good.example\r\n"));
  EXPECT_FALSE(allows("Origin: https://bad.example\r\n"));
}

TEST(OriginRules, ValidRules) {
  for (const char* rule : {"https://example.org", "http://localhost:8080", "http://[::1]:80",
                           "null", "*.example.org", "*.local"}) {
    EXPECT_TRUE(is_origin_rule(rule)) << rule;
  }
  for (const char* rule : {"", "example.org", "*", "*.", "*example.org", "*.*.org", "https://",
                           "https://example.org/", "https://*.example.org", "https://a b"}) {
    EXPECT_FALSE(is_origin_rule(rule)) << rule;
  }
}

}  // namespace
}  // namespace gyre::ws
