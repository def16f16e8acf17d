// From the operator's [limits] and the host's memory to the bounds of the swarms.
#pragma once

#include <cstdint>

#include "common/config/tracker_settings.hpp"
#include "common/swarm/swarm_map.hpp"

namespace gyre::tracker {

struct Host {
  std::uint64_t memory = 0;        // bytes that the process may use; 0: not known
  std::uint64_t other_memory = 0;  // bytes of it that all but the swarms will take
  bool with_ipv6 = true;           // whose swarms take more
};

swarm::SwarmMapsOptions swarm_options(const config::LimitsConfig& limits, const Host& host);

}  // namespace gyre::tracker
