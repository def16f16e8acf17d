// The swarms of a tracker: a map for each address family, under one budget. IPv4 and IPv6 peers
// cannot always reach each other: they do not mix.
//
// Admission. While a budget is scarce (budget.hpp), who comes in takes the place of an unproven
// torrent, chosen at random among those of the network that holds most of them. So whoever fills
// the tracker with torrents that nobody else asks for loses these, at whatever rate they come.
// Where no network holds many, nobody loses anything before the budget is used up.
//
// Threading: as SwarmMap.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "common/swarm/budget.hpp"
#include "common/swarm/swarm_map.hpp"

namespace gyre::swarm {

struct SwarmMapsOptions {
  BudgetLimits budget = {};
  SwarmLimits swarm = {};
};

class SwarmMaps {
 public:
  explicit SwarmMaps(const SipKey& secret, const SwarmMapsOptions& options = {})
      : budget(options.budget),
        ipv4(secret, options.swarm, budget),
        ipv6(secret, options.swarm, budget) {}

  Budget budget;
  SwarmMap<Ipv4Address> ipv4;
  SwarmMap<Ipv6Address> ipv6;

  template <class Address>
  SwarmMap<Address>& of() {
    if constexpr (family_of<Address> == Family::ipv4)
      return ipv4;
    else
      return ipv6;
  }
  MapTotals totals(Family family) const {
    return family == Family::ipv4 ? ipv4.totals() : ipv6.totals();
  }
  std::uint64_t evicted_torrent_count() const {
    return evicted_torrent_count_.load(std::memory_order_relaxed);
  }

  // SwarmMap::announce, which while the budget is scarce makes its place.
  template <class Address>
  AnnounceOutcome announce(const SwarmKey& key, const Announce<Address>& announce, Seconds now,
                           Random& random, std::span<std::byte> compact_peers) {
    // Returned without a copy: that would be a store-forwarding stall, 6 % of
    // udp_handler_benchmark.
    AnnounceOutcome outcome = of<Address>().announce(key, announce, now, random, compact_peers);
    if (outcome.admission != Admission::not_asked && make_place(outcome.admission, random)) {
      outcome = of<Address>().announce(key, announce, now, random, compact_peers);
    }
    return outcome;
  }

 private:
  // Whether the announce is to be made again.
  bool make_place(Admission admission, Random& random);
  bool evict_torrent(bool from_anybody, Random& random);

  std::atomic<std::uint64_t> evicted_torrent_count_{0};
};

}  // namespace gyre::swarm
