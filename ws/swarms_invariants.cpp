// Swarms::check_invariants(): counts, tables and lists agree.
#include <algorithm>

#include "common/base/check.hpp"
#include "ws/swarms.hpp"

namespace gyre::ws {

void Swarms::check_counts() const {
  DCHECK(by_key_.size() == peer_count_);
  DCHECK(seeder_count_ <= peer_count_);
  DCHECK(by_peer_id_.size() <= peer_count_);
  DCHECK(by_connection_.size() <= peer_count_);
  DCHECK(by_id_.size() <= peer_count_);
}

void Swarms::check_invariants() {
  check_counts();
  std::uint64_t peer_count = 0;
  std::uint64_t seeder_count = 0;
  std::uint32_t swarm_count = 0;
  std::uint32_t member_count = 0;
  for (Index index = 0; index < swarms_.size(); ++index) {
    const Swarm& swarm = swarms_[index];
    if (!swarm.in_use) continue;
    check_swarm(index);
    ++swarm_count;
    peer_count += swarm.peer_count();
    seeder_count += swarm.order.seeders;
  }
  CHECK(swarm_count == by_id_.size());
  CHECK(peer_count == peer_count_);
  CHECK(seeder_count == seeder_count_);
  for (Index index = 0; index < members_.size(); ++index) {
    if (members_[index].first == none) continue;
    check_member(index);
    ++member_count;
    peer_count -= members_[index].peer_count;
  }
  CHECK(member_count == by_connection_.size());
  CHECK(peer_count == 0);
}

void Swarms::check_swarm(Index index) {
  const Swarm& swarm = swarms_[index];
  CHECK(!swarm.peers.empty());
  CHECK(swarm.order.downloaders + swarm.order.seeders == swarm.peer_count());
  CHECK(swarm.peers.size() == swarm.peer_count());
  CHECK(find_swarm(swarm.id) == index);
  std::uint32_t second_count = 0;
  for (std::uint32_t position = 0; position < swarm.peer_count(); ++position) {
    const Index peer_index = swarm.peers[position];
    const Peer& peer = peers_[peer_index];
    CHECK(peer.swarm == index);
    CHECK(peer.position == position);
    CHECK(peer.member != none);
    CHECK(swarm.has_many_clients || members_[peer.member].client == swarm.client);
    const auto pair = find_pair(peer.member, index);
    CHECK(pair[0] == peer_index || pair[1] == peer_index);
    if (pair[1] == peer_index) ++second_count;
  }
  CHECK(second_count == swarm.double_count);
}

void Swarms::check_member(Index index) {
  const Member& member = members_[index];
  CHECK(find_member(member.sender.connection) == index);
  std::uint32_t peer_count = 0;
  Index previous = none;
  for (Index peer = member.first; peer != none; peer = peers_[peer].next) {
    CHECK(peers_[peer].member == index);
    CHECK(peers_[peer].previous == previous);
    previous = peer;
    ++peer_count;
  }
  CHECK(peer_count == member.peer_count);
}

}  // namespace gyre::ws
