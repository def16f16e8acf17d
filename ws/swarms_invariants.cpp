// Swarms::check_invariants(): the tables of peers, swarms and connections agree with each other.
#include <algorithm>

#include "common/base/check.hpp"
#include "ws/swarms.hpp"

namespace gyre::ws {

void Swarms::check_invariants() {
  std::uint64_t peer_count = 0;
  for (Index index = 0; index < peers_.size(); ++index) {
    const Peer& peer = peers_[index];
    if (peer.member == none) continue;
    ++peer_count;
    const Swarm& swarm = swarms_[peer.swarm];
    CHECK(swarm.in_use && peer.position < swarm.peer_count());
    CHECK(swarm.peers[peer.position] == index);
    const bool is_first = members_[peer.member].first == index;
    CHECK(is_first ? peer.previous == none : peers_[peer.previous].next == index);
    CHECK(peer.next == none || peers_[peer.next].previous == index);
  }
  CHECK(peer_count == peer_count_ && peer_count == by_key_.size());
  CHECK(by_peer_id_.size() <= peer_count);
  CHECK(peer_count + peers_.free.size() == peers_.size());
  check_swarms();
  check_members();
}

void Swarms::check_swarms() {
  std::uint64_t seeder_count = 0;
  std::uint32_t swarm_count = 0;
  for (Index index = 0; index < swarms_.size(); ++index) {
    const Swarm& swarm = swarms_[index];
    CHECK(swarm.in_use == !swarm.peers.empty());
    if (!swarm.in_use) continue;
    ++swarm_count;
    CHECK(swarm.leecher_count <= swarm.peer_count());
    seeder_count += swarm.peer_count() - swarm.leecher_count;
    // Each of a connection's two peers is counted here.
    const auto of_pairs = std::ranges::count_if(swarm.peers, [&](Index peer) {
      return find_pair(peers_[peer].member, index).second != none;
    });
    CHECK(static_cast<std::uint32_t>(of_pairs) == 2 * swarm.double_count);
  }
  CHECK(seeder_count == seeder_count_ && swarm_count == by_id_.size());
  CHECK(swarm_count + swarms_.free.size() == swarms_.size());
}

void Swarms::check_members() {
  std::uint32_t member_count = 0;
  for (Index index = 0; index < members_.size(); ++index) {
    const Member& member = members_[index];
    CHECK((member.peer_count > 0) == (member.first != none));
    if (member.peer_count == 0) continue;
    ++member_count;
    std::uint32_t listed_count = 0;
    for (Index peer = member.first; peer != none; peer = peers_[peer].next) {
      CHECK(peers_[peer].member == index && ++listed_count <= member.peer_count);
    }
    CHECK(listed_count == member.peer_count);
  }
  CHECK(member_count == by_connection_.size());
  CHECK(member_count + members_.free.size() == members_.size());
}

}  // namespace gyre::ws
