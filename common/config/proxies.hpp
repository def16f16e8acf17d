// Proxies in front of a tracker over TCP, which are part of [network].
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/schema.hpp"
#include "common/http1/forwarded.hpp"

namespace gyre::config {

inline constexpr std::array<std::string_view, 3> address_format_names = {
    "last_address", "single_address", "forwarded"};

struct ProxyConfig {
  bool runs_behind_reverse_proxy = false;
  std::string reverse_proxy_ip_header_name = "X-Forwarded-For";
  http1::AddressFormat reverse_proxy_ip_header_format = http1::AddressFormat::list;
  TextList trusted_networks = {"127.0.0.0/8", "::1"};
  bool proxy_protocol = false;
  bool operator==(const ProxyConfig&) const = default;
};

// The text is that of runs_behind_reverse_proxy, which says how mistakes are answered.
void describe_proxy(Schema& schema, ProxyConfig& config, std::string_view behind_proxy_text);

// Adds a "section.key: message" for each violated rule.
void add_proxy_problems(const ProxyConfig& proxy, std::vector<std::string>& problems);

}  // namespace gyre::config
