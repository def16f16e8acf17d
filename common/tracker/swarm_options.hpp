// Computes the bounds of the swarms from the operator's [limits] and the host's memory.
#pragma once

#include <cstdint>

#include "common/config/limits.hpp"
#include "common/config/peer_addresses.hpp"
#include "common/swarm/budget.hpp"
#include "common/swarm/swarm_maps.hpp"

namespace gyre::tracker {

// The budget of all swarms: what the operator sets; 0 means that only memory limits them.
swarm::BudgetLimits budget_limits(std::uint32_t max_peers, std::uint32_t max_torrents);

// REQUIRES: the addresses are valid.
// `memory`: bytes that the process may use. `announce_interval_s`: the one that clients are told.
swarm::SwarmMapsOptions swarm_options(const config::LimitsConfig& limits,
                                      const config::PeerAddressConfig& peer_addresses,
                                      std::uint64_t memory, Seconds announce_interval_s);

}  // namespace gyre::tracker
