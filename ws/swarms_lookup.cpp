// Finding things in Swarms: a peer by its connection or peer_id, a swarm, a connection.
#include <array>
#include <cstring>
#include <utility>

#include "common/base/check.hpp"
#include "ws/swarms.hpp"

namespace gyre::ws {
namespace {

// Values one after the other, as the key of a hash.
template <class... Values>
std::uint32_t hash_of_values(const SipKey& secret, const Values&... values) {
  std::array<std::byte, (sizeof values + ...)> key;
  std::size_t at = 0;
  const auto append = [&](const auto& value) {
    std::memcpy(key.data() + at, &value, sizeof value);
    at += sizeof value;
  };
  (append(values), ...);
  return static_cast<std::uint32_t>(keyed_hash(secret, std::span(std::as_const(key))));
}

}  // namespace

std::uint32_t Swarms::hash_of(const SwarmId& id) const {
  return hash_of_values(secret_, id.info_hash, id.part);
}
std::uint32_t Swarms::hash_of(const ConnectionRef& connection) const {
  return hash_of_values(secret_, connection);
}
std::uint32_t Swarms::hash_of(Index member, Index swarm) const {
  return hash_of_values(secret_, member, swarm);
}
std::uint32_t Swarms::hash_of(Index swarm, const PeerId& peer_id) const {
  return hash_of_values(secret_, swarm, peer_id);
}

Swarms::Index Swarms::find_swarm(const SwarmId& id) {
  return by_id_.find(hash_of(id), [&](Index index) { return swarms_[index].id == id; })
      .value_or(none);
}

Swarms::Index Swarms::find_member(const ConnectionRef& connection) {
  return by_connection_
      .find(hash_of(connection),
            [&](Index index) { return members_[index].sender.connection == connection; })
      .value_or(none);
}

Swarms::Index Swarms::find_peer(Index member, Index swarm, const PeerId& peer_id) {
  if (member == none || swarm == none) return none;
  const auto matches = [&](Index index) {
    const Peer& peer = peers_[index];
    return peer.member == member && peer.swarm == swarm && peer.id == peer_id;
  };
  return by_key_.find(hash_of(member, swarm), matches).value_or(none);
}

std::array<Swarms::Index, 2> Swarms::find_pair(Index member, Index swarm) {
  std::array pair{none, none};
  if (member == none || swarm == none) return pair;
  by_key_.find(hash_of(member, swarm), [&](Index index) {
    if (peers_[index].member != member || peers_[index].swarm != swarm) return false;
    (pair[0] == none ? pair[0] : pair[1]) = index;
    return pair[1] != none;
  });
  return pair;
}

// The newest peers of a connection come first. Where both are far behind, either may go.
Swarms::Index Swarms::older_of(const std::array<Index, 2>& pair) {
  DCHECK(pair[0] != none && pair[1] != none);
  constexpr int looked_at_max = 64;
  Index peer = members_[peers_[pair[0]].member].first;
  for (int i = 0; i < looked_at_max && peer != none; ++i, peer = peers_[peer].next) {
    if (peer == pair[0]) return pair[1];
    if (peer == pair[1]) return pair[0];
  }
  return pair[0];
}

std::optional<PeerHandle> Swarms::find(const SwarmId& id, const ConnectionRef& connection,
                                       const PeerId& peer_id) {
  const Index index = find_peer(find_member(connection), find_swarm(id), peer_id);
  if (index == none) return std::nullopt;
  return PeerHandle{index, peers_[index].generation};
}

bool Swarms::has(PeerHandle handle) {
  return handle.index < peers_.size() && peers_[handle.index].member != none &&
         peers_[handle.index].generation == handle.generation;
}
const PeerId& Swarms::peer_id_of(PeerHandle handle) {
  DCHECK(has(handle));
  return peers_[handle.index].id;
}
const ConnectionRef& Swarms::connection_of(PeerHandle handle) {
  DCHECK(has(handle));
  return members_[peers_[handle.index].member].sender.connection;
}

swarm::SwarmCounts Swarms::counts(const SwarmId& id) {
  const Index index = find_swarm(id);
  if (index == none) return {};
  const Swarm& swarm = swarms_[index];
  return {.seeder_count = swarm.order.seeders,
          .leecher_count = swarm.order.downloaders,
          .completed_count = swarm.completed_count};
}

}  // namespace gyre::ws
