// Computes the bounds of the swarms from the operator's [limits] and the host's memory.
#pragma once

#include <cstdint>

#include "common/config/limits.hpp"
#include "common/swarm/budget.hpp"
#include "common/swarm/swarm_map.hpp"

namespace gyre::tracker {

// Bytes of a program at rest, without connections and swarms.
inline constexpr std::uint64_t process_size = std::uint64_t{64} << 20;

// Bytes of a torrent with three peers: measured, plus a margin.
inline constexpr std::uint64_t ipv4_torrent_size = 130;
inline constexpr std::uint64_t ipv6_torrent_size = 210;

// How many torrents with three peers, the most expensive mix, fit into 70 % of what is left of
// `memory` (0: unknown) beside `other_memory`. In bytes.
std::uint64_t torrents_that_fit(std::uint64_t memory, std::uint64_t other_memory,
                                std::uint64_t torrent_size);

// The budget of all swarms: what fits where the operator leaves `max_peers` or `max_torrents` at 0.
swarm::BudgetLimits budget_limits(std::uint32_t max_peers, std::uint32_t max_torrents,
                                  std::uint64_t torrents_that_fit);
void log_budget(const swarm::BudgetLimits& limits);

swarm::SwarmMapsOptions swarm_options(const config::LimitsConfig& limits,
                                      std::uint64_t torrents_that_fit);

}  // namespace gyre::tracker
