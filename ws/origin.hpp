// Which web pages may use the tracker, by the Origin header that every browser sends (RFC 6454, RFC
// 6455 section 10.2).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/http1/request_head.hpp"

namespace gyre::ws {

// A rule is an origin ("https://example.org", "http://localhost:8080", "null"), or "*.host" for all
// origins, of any scheme and port, of subdomains of that host. Case is ignored.
struct OriginRules {
  std::vector<std::string> allow = {};  // empty: all that are not denied
  std::vector<std::string> deny = {};   // takes precedence over `allow`
  bool deny_empty = false;              // deny clients without an Origin, which are not browsers

  bool operator==(const OriginRules&) const = default;

  bool allows(std::string_view origin) const;  // empty: the header is missing
  bool allows(const http1::RequestHead& head) const;
};

// Whether `text` is a valid rule, for the configuration.
bool is_origin_rule(std::string_view text);

}  // namespace gyre::ws
