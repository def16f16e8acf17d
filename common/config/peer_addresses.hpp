// The addresses under which peers are stored and returned, which are part of [network]. For
// trackers whose peers are addresses.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/types.hpp"
#include "common/config/schema.hpp"

namespace gyre::config {

struct PeerAddressConfig {
  std::string external_address_ipv4;  // empty: none
  std::string external_address_ipv6;
  TextList trusted_ip_parameter;  // networks, beside loopback
  bool operator==(const PeerAddressConfig&) const = default;
};

// The text says by what clients name an address.
void describe(Schema& schema, PeerAddressConfig& config, std::string_view ip_parameter_text);

// Adds a "section.key: message" for each violated rule.
void add_peer_address_problems(const PeerAddressConfig& config, std::vector<std::string>& problems);

}  // namespace gyre::config
