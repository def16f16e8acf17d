// From the operator's [limits] and the host's memory to the bounds of the swarms.
#pragma once

#include <cstdint>

#include "common/config/limits.hpp"
#include "common/swarm/budget.hpp"
#include "common/swarm/swarm_map.hpp"

namespace gyre::tracker {

// Of common/swarm, measured, and some more.
inline constexpr std::uint64_t ipv4_torrent_size = 130;
inline constexpr std::uint64_t ipv6_torrent_size = 210;

struct Host {
  std::uint64_t memory = 0;        // bytes that the process may use; 0: not known
  std::uint64_t other_memory = 0;  // bytes of it that all but the swarms will take
  // What a torrent with three peers takes, in bytes.
  std::uint64_t torrent_size = ipv6_torrent_size;
};

// What may be remembered; 0 torrents or peers: as many as 70 % of the memory can hold that the rest
// of the process leaves, in torrents with three peers each, which is what costs most.
swarm::BudgetLimits budget_limits(std::uint32_t max_peers, std::uint32_t max_torrents,
                                  const Host& host);
void log_room(const swarm::BudgetLimits& limits);

swarm::SwarmMapsOptions swarm_options(const config::LimitsConfig& limits, const Host& host);

}  // namespace gyre::tracker
