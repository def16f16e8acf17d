// Swarms::choose_others(): the choice of peers that get a peer's offers.
#include <algorithm>
#include <array>
#include <utility>

#include "common/base/check.hpp"
#include "ws/swarms.hpp"

namespace gyre::ws {

// The peers chosen so far, and those deferred because there may be better ones.
struct Swarms::Draw {
  Draw(Swarms& of, const Peer& peer, std::span<PeerHandle> to)
      : swarms(of), chooser(peer), chosen(to), share(std::max<std::size_t>(to.size() / 8, 1)) {}

  bool is_full() const { return count == chosen.size(); }
  void take(Index index) {
    DCHECK(!is_full() && swarms.peers_[index].member != none);
    chosen[count++] = {index, swarms.peers_[index].generation};
  }
  void offer(Index index, const Swarm& swarm) {
    const Peer& peer = swarms.peers_[index];
    if (peer.id == chooser.id) return;
    const bool is_checked = swarm.has_many_clients || swarm.double_count > 0;
    if (!is_checked || is_fair(peer, swarm.has_many_clients)) return take(index);
    if (deferred_count < deferred.size()) deferred[deferred_count++] = index;
  }
  bool is_fair(const Peer& peer, bool by_client) const {
    if (peer.member == chooser.member) return false;
    const std::uint64_t client = swarms.members_[peer.member].client;
    std::size_t of_client = 0;
    for (const PeerHandle& handle : chosen.first(count)) {
      const Index member = swarms.peers_[handle.index].member;
      if (member == peer.member) return false;
      if (swarms.members_[member].client == client) ++of_client;
    }
    return !by_client || of_client < share;
  }
  // First those on connections that have none yet, then any.
  void take_deferred() {
    for (const bool anyone : {false, true}) {
      for (std::size_t i = 0; i < deferred_count && !is_full(); ++i) {
        Index& index = deferred[i];
        if (index == none || (!anyone && !is_fair(swarms.peers_[index], false))) continue;
        take(std::exchange(index, none));
      }
    }
  }

  Swarms& swarms;
  const Peer& chooser;
  std::span<PeerHandle> chosen;
  std::size_t share;
  std::size_t count = 0;
  std::array<Index, 256> deferred;
  std::size_t deferred_count = 0;
};

std::size_t Swarms::choose_others(PeerHandle handle, Random& random, std::span<PeerHandle> chosen) {
  DCHECK(has(handle));
  const Peer& peer = peers_[handle.index];
  const Swarm& swarm = swarms_[peer.swarm];
  const std::uint32_t candidates =
      swarm.has_as_seeder(peer) ? swarm.leecher_count : swarm.peer_count();
  // A random permutation of the candidates (Fisher and Yates), only as far as needed. There are few
  // swaps, so a linear search finds them.
  struct Swap {
    std::uint32_t at, value;
  };
  std::array<Swap, 256> swaps;
  std::size_t swap_count = 0;
  const auto value_at = [&](std::uint32_t at) -> std::uint32_t {
    for (std::size_t i = swap_count; i > 0; --i) {
      if (swaps[i - 1].at == at) return swaps[i - 1].value;
    }
    return at;
  };
  // Many candidates may have to be deferred until one is found that can be combined with the
  // others.
  const std::size_t draws_max =
      std::min(swaps.size(), std::max<std::size_t>(64, 2 * chosen.size()));
  Draw draw(*this, peer, chosen);
  for (std::uint32_t i = 0; i < candidates && !draw.is_full() && swap_count < draws_max; ++i) {
    const std::uint32_t at = i + random.below(candidates - i);
    DCHECK(at < candidates && value_at(at) < candidates);
    const Index other = swarm.peers[value_at(at)];
    swaps[swap_count] = {at, value_at(i)};
    ++swap_count;
    draw.offer(other, swarm);
  }
  draw.take_deferred();
  return draw.count;
}

}  // namespace gyre::ws
