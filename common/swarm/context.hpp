// What the swarms of a map share: the secret of their hashes, their limits, and the share of the
// budget from which peers are taken; and the hashes of peers that follow from these.
#pragma once

#include <cstdint>
#include <limits>

#include "common/base/sip_hash.hpp"
#include "common/base/types.hpp"
#include "common/swarm/budget.hpp"
#include "common/swarm/peer_slot.hpp"

namespace gyre::swarm {

struct SwarmLimits {
  std::uint32_t peers_per_swarm = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t peers_per_address = 0;  // in one swarm; for IPv6, of one /64; 0: no limit
  // A peer that announces again after so long proves its torrent (see Swarm::is_proven()).
  Seconds proof_age_s = 900;
};

struct SwarmContext {
  SipKey secret{};
  SwarmLimits limits = {};
  BudgetShare budget = {};  // of a budget while swarms take peers in
};

// Whether peers of that address are counted against SwarmLimits::peers_per_address. Those of the
// host itself are not: they are tests.
template <class Address>
bool address_is_limited(const PeerSlot<Address>& peer, const SwarmContext& context);

// The hash of a peer under which lists keep it, and by which buckets divide peers.
//
// If the number of peers of one address is limited, they are spread over a few hashes only, which
// subscriber_hash() names, so that they can be found and counted; the limit keeps such
// neighbourhoods short.
template <class Address>
std::uint64_t peer_hash(const PeerSlot<Address>& peer, const SwarmContext& context);

inline constexpr std::uint32_t hashes_per_subscriber = 8;
template <class Address>
std::uint64_t subscriber_hash(const PeerSlot<Address>& peer, std::uint32_t which,
                              const SwarmContext& context);

}  // namespace gyre::swarm
