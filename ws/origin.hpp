// Which web pages may use the tracker, by the Origin header that every browser sends (RFC 6454,
// RFC 6455 section 10.2). Between the configuration and a request head.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/http1/request_head.hpp"

namespace gyre::ws {

// Rules are whole origins ("https://example.org", "http://localhost:8080", "null"), or "*.host" for
// all origins, of any scheme and port, of the hosts below that one. Case does not count.
struct OriginRules {
  std::vector<std::string> allow = {};  // empty: all that are not denied
  std::vector<std::string> deny = {};   // stronger than `allow`
  bool deny_empty = false;              // those without an Origin: clients that are no browsers

  bool operator==(const OriginRules&) const = default;

  bool allows(std::string_view origin) const;  // empty: there is none
  bool allows(const http1::RequestHead& head) const;
};

// Whether text can be a rule, for the configuration.
bool is_origin_rule(std::string_view text);

}  // namespace gyre::ws
