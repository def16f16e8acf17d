// [deny]: clients that are not served.
#pragma once

#include <string>

#include "common/config/schema.hpp"

namespace gyre::config {

// Paths of lists; empty: none.
struct DenyConfig {
  std::string networks_path = {};
  std::string peer_ids_path = {};
  std::string user_agents_path = {};  // not of gyre_udp
  bool operator==(const DenyConfig&) const = default;
};

// The whole section. `with_user_agents`: clients of the program have a User-Agent.
void describe_section(Schema& schema, DenyConfig& config, bool with_user_agents);

}  // namespace gyre::config
