// Swarms::choose_others(): the choice of peers that get a peer's offers.
#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "common/base/check.hpp"
#include "ws/swarms.hpp"

namespace gyre::ws {

// Whether its connection has none of `chosen`, and its address less than `per_client_max`.
bool Swarms::fits_beside(std::span<const PeerHandle> chosen, const Peer& peer,
                         std::size_t per_client_max) {
  const std::uint64_t client = members_[peer.member].client;
  std::size_t of_client = 0;
  for (const PeerHandle& handle : chosen) {
    const Index member = peers_[handle.index].member;
    if (member == peer.member) return false;
    if (members_[member].client == client) ++of_client;
  }
  return of_client < per_client_max;
}

std::size_t Swarms::choose_others(PeerHandle handle, Random& random, std::span<PeerHandle> chosen) {
  DCHECK(has(handle));
  constexpr std::size_t no_max = std::numeric_limits<std::size_t>::max();
  const Peer& chooser = peers_[handle.index];
  const Swarm& swarm = swarms_[chooser.swarm];
  std::size_t count = 0;  // of those chosen so far
  const auto take = [&](Index index) {
    DCHECK(count < chosen.size() && peers_[index].member != none);
    chosen[count++] = {index, peers_[index].generation};
  };
  const auto is_fair = [&](Index index, std::size_t per_client_max) {
    const Peer& peer = peers_[index];
    return peer.member != chooser.member && fits_beside(chosen.first(count), peer, per_client_max);
  };
  const std::size_t share =
      swarm.has_many_clients ? std::max<std::size_t>(chosen.size() / 8, 1) : no_max;
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
    if (is_anyone_fair || is_fair(other, share)) {
      take(other);
    } else {
      deferred[deferred_count++] = other;
    }
  }

  // Of those deferred, first such on connections that have none yet, then any.
  for (const bool anyone : {false, true}) {
    for (std::size_t i = 0; i < deferred_count && count < chosen.size(); ++i) {
      if (deferred[i] == none || (!anyone && !is_fair(deferred[i], no_max))) continue;
      take(std::exchange(deferred[i], none));
    }
  }
  return count;
}

}  // namespace gyre::ws
