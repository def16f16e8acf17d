// What every swarm of a map has in common: the secret of its hashes, its limits, and the budget
// from which room for peers is taken. Between SwarmMap, which owns it, and the swarms.
#pragma once

#include <cstdint>
#include <limits>

#include "common/swarm/budget.hpp"
#include "common/swarm/keyed_hash.hpp"

namespace gyre::swarm {

struct SwarmLimits {
  std::uint32_t peers_per_swarm = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t peers_per_address = 0;  // in one swarm; for IPv6, of one /64; 0: no limit
};

struct SwarmContext {
  HashSecret secret{};
  SwarmLimits limits = {};
  Budget* budget = nullptr;  // never null while swarms take peers in
};

}  // namespace gyre::swarm
