// Swarms::choose_others(): the choice of peers that get a peer's offers.
#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "common/base/check.hpp"
#include "common/limits/client_hash.hpp"
#include "common/swarm/shares.hpp"
#include "ws/swarms.hpp"

namespace gyre::ws {

// Whether of `chosen`, its connection has none if they are to be on different ones, its address
// less than `address_max`, and its network less than `network_max`.
bool Swarms::fits_beside(std::span<const PeerHandle> chosen, const Peer& peer,
                         const ChoiceLimits& limits) {
  const Member& its_member = members_[peer.member];
  const std::uint64_t network = limits::network_of(its_member.client);
  std::size_t of_address = 0;
  std::size_t of_network = 0;
  for (const PeerHandle& handle : chosen) {
    const Index index = peers_[handle.index].member;
    if (index == peer.member && limits.other_connections) return false;
    const Member& member = members_[index];
    if (member.client == its_member.client) ++of_address;
    if (limits::network_of(member.client) == network) ++of_network;
  }
  return of_address < limits.address_max && of_network < limits.network_max;
}

// Where all are of one address or one network, nobody is crowded out.
Swarms::ChoiceLimits Swarms::limits_of(const Swarm& swarm, std::uint32_t wanted) {
  ChoiceLimits limits;
  if (swarm.peer_count() <= swarm::shared_by_all_max) return limits;
  if (swarm.has_many_clients) limits.address_max = swarm::address_share(wanted);
  if (swarm.has_many_networks) limits.network_max = swarm::network_share(wanted);
  return limits;
}

std::size_t Swarms::choose_others(PeerHandle handle, Random& random, std::span<PeerHandle> chosen) {
  DCHECK(has(handle));
  const Peer& chooser = peers_[handle.index];
  const Swarm& swarm = swarms_[chooser.swarm];
  std::size_t count = 0;  // of those chosen so far
  const auto take = [&](Index index) {
    DCHECK(count < chosen.size() && peers_[index].member != none);
    chosen[count++] = {index, peers_[index].generation};
  };
  const auto is_fair = [&](Index index, const ChoiceLimits& limits) {
    const Peer& peer = peers_[index];
    return peer.member != chooser.member && fits_beside(chosen.first(count), peer, limits);
  };
  const ChoiceLimits allowed = limits_of(swarm, static_cast<std::uint32_t>(chosen.size()));
  ChoiceLimits preferred = allowed;
  if (swarm.has_many_clients) {
    preferred.address_max = std::max(static_cast<std::uint32_t>(chosen.size()) / 8, 1U);
  }
  const bool is_anyone_fair = !swarm.has_many_clients && swarm.double_count == 0;

  // A random permutation of the candidates (Fisher and Yates), only as far as needed: the i-th swap
  // brings the value of place i to place swapped_to[i]. There are few, so a linear search finds
  // them. Many candidates may have to be deferred until one is found that can be combined with the
  // others.
  constexpr std::size_t swaps_max = 256;
  std::array<std::uint32_t, swaps_max> swapped_to;
  std::array<std::uint32_t, swaps_max> swapped_value;
  std::array<Index, swaps_max> deferred;
  std::size_t deferred_count = 0;
  const auto value_at = [&](std::uint32_t place, std::uint32_t swap_count) {
    for (std::uint32_t i = swap_count; i > 0; --i) {
      if (swapped_to[i - 1] == place) return swapped_value[i - 1];
    }
    return place;
  };
  const std::uint32_t candidates = swarm.order.pool_of(swarm.kind_of(chooser));
  const std::size_t draws_max = std::min(swaps_max, std::max<std::size_t>(64, 2 * chosen.size()));
  for (std::uint32_t i = 0; i < candidates && count < chosen.size() && i < draws_max; ++i) {
    const std::uint32_t place = i + random.below(candidates - i);
    DCHECK(place < candidates && value_at(place, i) < candidates);
    const Index other = swarm.peers[value_at(place, i)];
    swapped_value[i] = value_at(i, i);
    swapped_to[i] = place;
    if (peers_[other].id == chooser.id) continue;
    if (is_anyone_fair || is_fair(other, preferred)) {
      take(other);
    } else {
      deferred[deferred_count++] = other;
    }
  }

  // Of those deferred, first such on connections that have none yet, then any; but in larger swarms
  // nobody beyond a share.
  for (const bool other_connections : {true, false}) {
    ChoiceLimits limits = allowed;
    limits.other_connections = other_connections;
    for (std::size_t i = 0; i < deferred_count && count < chosen.size(); ++i) {
      if (deferred[i] == none) continue;
      const bool fits = other_connections
                            ? is_fair(deferred[i], limits)
                            : fits_beside(chosen.first(count), peers_[deferred[i]], limits);
      if (!fits) continue;
      take(std::exchange(deferred[i], none));
    }
  }
  return count;
}

}  // namespace gyre::ws
