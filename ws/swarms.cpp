#include "ws/swarms.hpp"

#include <algorithm>
#include <utility>

#include "common/base/check.hpp"
#include "common/limits/client_hash.hpp"

namespace gyre::ws {

template <class Item>
Swarms::Index Swarms::Pool<Item>::acquire() {
  if (free.empty()) {
    const Index begin = this->size();
    this->grow_beyond(begin);
    for (Index index = this->size(); index > begin; --index) free.push_back(index - 1);
  }
  const Index index = free.back();
  free.pop_back();
  DCHECK(index < this->size());
  return index;
}

Swarms::Swarms(const SipKey& secret, const LimitsConfig& limits, limits::AddressCounts* addresses,
               swarm::Budget& budget)
    : secret_(secret), limits_(limits), addresses_(addresses), budget_(budget) {}

Swarms::~Swarms() {
  for (Index member = 0; member < members_.size(); ++member) {
    while (members_[member].first != none) remove(members_[member].first);
  }
}

Announced Swarms::announce(const SwarmId& id, const Sender& sender, const PeerId& peer_id,
                           bool is_seeder, bool completed) {
  const auto kind = is_seeder ? swarm::PeerKind::seeder : swarm::PeerKind::leecher;
  Index swarm = find_swarm(id);
  Index member = find_member(sender.connection);
  if (const Index peer = find_peer(member, swarm, peer_id); peer != none) {
    Swarm& its_swarm = swarms_[swarm];
    const auto before = its_swarm.kind_of(peers_[peer]);
    if (before != kind) {
      if (completed && is_seeder) ++its_swarm.completed_count;
      leave(its_swarm, peer);
      enter(its_swarm, peer, kind);
    }
    return {.peer = PeerHandle{peer, peers_[peer].generation}};
  }
  if (const auto pair = find_pair(member, swarm); pair[1] != none) remove(older_of(pair));
  if (const auto refusal = refusal_of(swarm, member, sender.address)) {
    return {.peer = std::unexpected(*refusal)};
  }
  if (swarm == none) swarm = add_swarm(id);
  if (member == none) member = add_member(sender);
  DCHECK(members_[member].sender.connection == sender.connection);
  const Index peer = add_peer(swarm, member, peer_id);
  enter(swarms_[swarm], peer, kind);
  const auto has_same_id = make_newest(peer);
  check_counts();
  return {.peer = PeerHandle{peer, peers_[peer].generation}, .has_same_id = has_same_id};
}

// nullopt: the peer is admitted, and was taken from the budgets.
std::optional<Counter> Swarms::refusal_of(Index swarm, Index member, const ClientAddress& address) {
  const auto is_full = [](std::uint32_t count, std::uint32_t count_max) {
    return count_max > 0 && count >= count_max;
  };
  const std::uint32_t swarm_size = swarm == none ? 0 : swarms_[swarm].peer_count();
  if (is_full(swarm_size, limits_.max_peers_per_swarm)) return Counter::refused_swarm;
  if (member != none && is_full(members_[member].peer_count, limits_.max_peers_per_connection)) {
    return Counter::refused_connection;
  }
  if (!budget_.take_peer(swarm_size)) return Counter::refused_peer;
  if (swarm == none && !budget_.take_torrent()) {
    budget_.give_peers(1);
    return Counter::refused_torrent;
  }
  if (addresses_ != nullptr && !addresses_->enter(address)) {
    budget_.give_peers(1);
    if (swarm == none) budget_.give_torrent();
    return Counter::refused_address;
  }
  return std::nullopt;
}

Swarms::Index Swarms::add_swarm(const SwarmId& id) {
  const Index index = swarms_.acquire();
  swarms_[index] = {};
  swarms_[index].id = id;
  swarms_[index].in_use = true;
  by_id_.insert(hash_of(id), index);
  return index;
}

Swarms::Index Swarms::add_member(const Sender& sender) {
  const Index index = members_.acquire();
  members_[index] = {.sender = sender, .client = limits::client_key(sender.address)};
  by_connection_.insert(hash_of(sender.connection), index);
  return index;
}

Swarms::Index Swarms::add_peer(Index swarm, Index member, const PeerId& peer_id) {
  const Index index = peers_.acquire();
  Peer& peer = peers_[index];
  Member& owner = members_[member];
  peer.id = peer_id;
  peer.member = member;
  peer.swarm = swarm;
  peer.previous = none;
  peer.next = std::exchange(owner.first, index);
  if (peer.next != none) peers_[peer.next].previous = index;
  ++owner.peer_count;
  ++peer_count_;
  Swarm& its_swarm = swarms_[swarm];
  if (find_pair(member, swarm)[0] != none) ++its_swarm.double_count;
  if (its_swarm.peers.empty()) its_swarm.client = owner.client;
  if (its_swarm.client != owner.client) {
    its_swarm.has_many_clients = true;
    if (limits::network_of(its_swarm.client) != limits::network_of(owner.client))
      its_swarm.has_many_networks = true;
  }
  by_key_.insert(hash_of(member, swarm), index);
  return index;
}

// Returns the connection whose peer had this peer_id before, if it is another one.
std::optional<ConnectionRef> Swarms::make_newest(Index index) {
  const Peer& peer = peers_[index];
  const std::uint32_t hash = hash_of(peer.swarm, peer.id);
  const auto former = by_peer_id_.find(hash, [&](Index other) {
    return peers_[other].swarm == peer.swarm && peers_[other].id == peer.id;
  });
  if (former) by_peer_id_.erase(hash, *former);
  by_peer_id_.insert(hash, index);
  if (!former) return std::nullopt;
  return members_[peers_[*former].member].sender.connection;
}

void Swarms::place(Swarm& swarm, std::uint32_t position, Index peer) {
  DCHECK(position < swarm.peers.size());
  swarm.peers[position] = peer;
  peers_[peer].position = position;
}

void Swarms::enter(Swarm& swarm, Index peer, swarm::PeerKind kind) {
  swarm.peers.push_back(peer);
  if (kind == swarm::PeerKind::seeder) ++seeder_count_;
  const auto move = [&](Index from, Index to) { place(swarm, to, swarm.peers[from]); };
  place(swarm, swarm.order.insert(kind, move), peer);
}

void Swarms::leave(Swarm& swarm, Index peer) {
  const auto kind = swarm.kind_of(peers_[peer]);
  if (kind == swarm::PeerKind::seeder) --seeder_count_;
  const auto move = [&](Index from, Index to) { place(swarm, to, swarm.peers[from]); };
  DCHECK(swarm.peers[peers_[peer].position] == peer);
  swarm.order.erase(peers_[peer].position, kind, move);
  swarm.peers.pop_back();
  if (swarm.peers.capacity() > 16 && swarm.peers.size() < swarm.peers.capacity() / 4) {
    swarm.peers.shrink_to_fit();
  }
}

void Swarms::remove(Index index) {
  Peer& peer = peers_[index];
  DCHECK(peer.member != none && peer.swarm != none);
  const Index swarm = peer.swarm;
  Member& owner = members_[peer.member];
  by_key_.erase(hash_of(peer.member, swarm), index);
  by_peer_id_.erase(hash_of(swarm, peer.id), index);
  if (find_pair(peer.member, swarm)[0] != none) --swarms_[swarm].double_count;
  leave(swarms_[swarm], index);
  (peer.previous == none ? owner.first : peers_[peer.previous].next) = peer.next;
  if (peer.next != none) peers_[peer.next].previous = peer.previous;
  if (addresses_ != nullptr) addresses_->leave(owner.sender.address);
  budget_.give_peers(1);
  DCHECK(peer_count_ > 0 && owner.peer_count > 0);
  --peer_count_;
  if (--owner.peer_count == 0) {
    by_connection_.erase(hash_of(owner.sender.connection), peer.member);
    members_.free.push_back(peer.member);
  }
  peer.member = none;
  ++peer.generation;
  peers_.free.push_back(index);
  remove_if_empty(swarm);
}

void Swarms::remove_if_empty(Index index) {
  Swarm& swarm = swarms_[index];
  if (!swarm.peers.empty()) return;
  DCHECK(swarm.in_use && swarm.order.downloaders == 0 && swarm.double_count == 0);
  by_id_.erase(hash_of(swarm.id), index);
  swarm = {};
  swarms_.free.push_back(index);
  budget_.give_torrent();
}

void Swarms::stop(const SwarmId& id, const ConnectionRef& connection, const PeerId& peer_id) {
  const Index peer = find_peer(find_member(connection), find_swarm(id), peer_id);
  if (peer != none) remove(peer);
  check_counts();
}

void Swarms::forget(const ConnectionRef& connection) {
  const Index member = find_member(connection);
  if (member == none) return;
  for (Index peer = members_[member].first; peer != none;) {
    const Index next = peers_[peer].next;
    remove(peer);
    peer = next;
  }
  check_counts();
}

void Swarms::drop(const SwarmId& id) {
  const Index swarm = find_swarm(id);
  if (swarm == none) return;
  for (std::uint32_t left = swarms_[swarm].peer_count(); left > 0; --left) {
    remove(swarms_[swarm].peers.back());
  }
  check_counts();
}

}  // namespace gyre::ws
