#include "common/tracker/swarm_options.hpp"

#include <algorithm>
#include <limits>

namespace gyre::tracker {

swarm::BudgetLimits budget_limits(std::uint32_t max_peers, std::uint32_t max_torrents) {
  constexpr std::uint64_t lots = 16'384;  // a limit is at least so many of them
  constexpr std::uint64_t lot_max = 64;
  swarm::BudgetLimits limits;
  if (max_peers > 0) limits.peers = max_peers;
  if (max_torrents > 0) limits.torrents = max_torrents;
  limits.lot =
      static_cast<std::uint32_t>(std::clamp<std::uint64_t>(limits.peers / lots, 1, lot_max));
  return limits;
}

swarm::SwarmMapsOptions swarm_options(const config::LimitsConfig& limits,
                                      const config::PeerAddressConfig& peer_addresses,
                                      std::uint64_t memory, Seconds announce_interval_s) {
  constexpr std::uint64_t peer_size = 30;  // bytes, of IPv4
  const auto budget = budget_limits(limits.max_peers, limits.max_torrents);
  const std::uint64_t peers = std::min(budget.peers, memory / peer_size);
  const std::uint64_t swarm = limits.max_peers_per_swarm > 0
                                  ? limits.max_peers_per_swarm
                                  : std::max<std::uint64_t>(peers / 10, 1);
  return {.budget = budget,
          .swarm = {.peers_per_swarm = static_cast<std::uint32_t>(
                        std::min<std::uint64_t>(swarm, std::numeric_limits<std::uint32_t>::max())),
                    .peers_per_address = limits.max_peers_per_address,
                    .proof_age_s = announce_interval_s / 2},
          .external_ipv4 = ipv4_address_from(peer_addresses.external_address_ipv4),
          .external_ipv6 = ipv6_address_from(peer_addresses.external_address_ipv6)};
}

}  // namespace gyre::tracker
