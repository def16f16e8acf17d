// Computes the bounds of the swarms from the operator's [limits] and the host's memory.
#pragma once

#include <cstdint>

#include "common/config/limits.hpp"
#include "common/swarm/budget.hpp"
#include "common/swarm/swarm_maps.hpp"

namespace gyre::tracker {

// Bytes of a program at rest, without connections and swarms.
inline constexpr std::uint64_t process_size = std::uint64_t{64} << 20;

// Bytes of a torrent with three peers: measured, plus a margin.
inline constexpr std::uint64_t ipv4_torrent_size = 130;
inline constexpr std::uint64_t ipv6_torrent_size = 210;

struct Host {
  std::uint64_t memory = 0;        // bytes that the process may use; 0: unknown
  std::uint64_t other_memory = 0;  // bytes of it that everything but the swarms will take
  // Bytes of a torrent with three peers.
  std::uint64_t torrent_size = ipv6_torrent_size;
};

// The budget of all swarms. Where the operator leaves `max_peers` or `max_torrents` at 0, it is
// what fits into 70 % of the memory that the rest of the process leaves, in torrents with three
// peers each, the most expensive mix.
swarm::BudgetLimits budget_limits(std::uint32_t max_peers, std::uint32_t max_torrents,
                                  const Host& host);
void log_budget(const swarm::BudgetLimits& limits);

swarm::SwarmMapsOptions swarm_options(const config::LimitsConfig& limits, const Host& host);

}  // namespace gyre::tracker
