#include "common/tracker/swarm_options.hpp"

#include <algorithm>
#include <limits>

namespace gyre::tracker {
namespace {

// What may be remembered if the configuration does not say: 70 % of the memory that the rest of the
// process leaves, for torrents with three peers each, which is what costs most.
std::uint64_t torrents_that_fit(const Host& host) {
  constexpr std::uint64_t memory_unknown = std::uint64_t{512} << 20;
  constexpr std::uint64_t ipv4_torrent_size = 130;  // measured, and some more
  constexpr std::uint64_t ipv6_torrent_size = 210;
  std::uint64_t memory = host.memory > 0 ? host.memory : memory_unknown;
  memory -= std::min(memory / 4, host.other_memory);
  return std::max<std::uint64_t>(
      memory * 7 / 10 / (host.with_ipv6 ? ipv6_torrent_size : ipv4_torrent_size), 1000);
}

std::uint64_t or_default(std::uint32_t set, std::uint64_t otherwise) {
  return set > 0 ? set : otherwise;
}

}  // namespace

swarm::SwarmMapsOptions swarm_options(const config::LimitsConfig& limits, const Host& host) {
  const std::uint64_t torrents = torrents_that_fit(host);
  const std::uint64_t peers = or_default(limits.max_peers, 3 * torrents);
  const std::uint64_t swarm =
      or_default(limits.max_peers_per_swarm, std::max<std::uint64_t>(peers / 10, 1));
  return {.budget = {.peers = peers, .torrents = or_default(limits.max_torrents, torrents)},
          .swarm = {.peers_per_swarm = static_cast<std::uint32_t>(
                        std::min<std::uint64_t>(swarm, std::numeric_limits<std::uint32_t>::max())),
                    .peers_per_address = limits.max_peers_per_address}};
}

}  // namespace gyre::tracker
