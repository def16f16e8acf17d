#include "common/swarm/peer_list.hpp"

#include <algorithm>
#include <utility>

#include "common/base/check.hpp"
#include "common/base/random.hpp"

namespace gyre::swarm {
namespace {

bool is_loopback(Ipv4Address address) {
  return address.bytes[0] == std::byte{127};
}

bool is_loopback(const Ipv6Address& address) {
  return std::all_of(address.bytes.begin(), address.bytes.end() - 1,
                     [](std::byte byte) { return byte == std::byte{0}; });
}

template <std::size_t Size>
std::uint64_t hash_of_first(const std::byte* bytes, const SwarmContext& context) {
  return keyed_hash(context.secret, std::span<const std::byte, Size>(bytes, Size));
}

}  // namespace

template <class Address>
bool address_is_limited(const PeerSlot<Address>& peer, const SwarmContext& context) {
  return context.limits.peers_per_address != 0 && !is_loopback(peer.address);
}

template <class Address>
std::uint64_t subscriber_hash(const PeerSlot<Address>& peer, std::uint32_t which,
                              const SwarmContext& context) {
  // Far apart in all bits that parts and lists go by.
  constexpr std::uint64_t distance = 0x9e3779b97f4a7c15;
  return hash_of_first<subscriber_size<Address>>(peer.compact(), context) + which * distance;
}

template <class Address>
std::uint64_t peer_hash(const PeerSlot<Address>& peer, const SwarmContext& context) {
  if (!address_is_limited(peer, context)) {
    return hash_of_first<compact_peer_size(family_of<Address>)>(peer.compact(), context);
  }
  // Strangers choose ports, so which hash one has depends on the secret.
  const std::uint64_t port = load_be<std::uint16_t>(peer.port_be.data());
  const std::uint64_t mixed = (port + context.secret[0]) * (context.secret[1] | 1);
  return subscriber_hash(peer, static_cast<std::uint32_t>(mixed >> 61), context);
}

template <class Address>
std::uint32_t PeerList<Address>::hash_at(std::uint32_t position,
                                         const SwarmContext& context) const {
  return static_cast<std::uint32_t>(peer_hash(peers()[position], context));
}

template <class Address>
std::optional<std::uint32_t> PeerList<Address>::find(const Slot& peer, std::uint32_t hash) const {
  const auto peers = this->peers();
  return memory_.index().find(
      hash, [peers, &peer](std::uint32_t position) { return peers[position].same_peer(peer); });
}

template <class Address>
void PeerList<Address>::insert(const Slot& peer, std::uint32_t hash, const SwarmContext& context) {
  CHECK(peer_count_ < peers_max);
  if (peer_count_ == memory_.capacity()) {
    change_capacity(memory_.capacity_for(peer_count_ + 1), context);
  }
  memory_.reserve(peer_count_);
  std::uint32_t free = peer_count_++;
  if (peer.wants_data()) {
    if (wanting_count_ != free) move(wanting_count_, free, hash_at(wanting_count_, context));
    free = wanting_count_++;
  }
  if (peer.state.kind() == PeerKind::seeder) ++seeder_count_;
  const std::uint32_t position = place_in(group_of(peer), hash);
  if (position != free) move(position, free, hash_at(position, context));
  peers()[position] = peer;
  memory_.index().insert(hash, position);
}

template <class Address>
void PeerList<Address>::erase(std::uint32_t position, const SwarmContext& context) {
  memory_.index().erase(hash_at(position, context), position,
                        [&](std::uint32_t other) { return hash_at(other, context); });
  if (peers()[position].state.kind() == PeerKind::seeder) --seeder_count_;
  if (position < wanting_count_) {
    --wanting_count_;
    if (position != wanting_count_) {
      move(wanting_count_, position, hash_at(wanting_count_, context));
    }
    position = wanting_count_;
  }
  --peer_count_;
  if (position != peer_count_) move(peer_count_, position, hash_at(peer_count_, context));
  memory_.release(peer_count_);
}

template <class Address>
std::uint32_t PeerList<Address>::replace(std::uint32_t position, std::uint32_t hash,
                                         PeerState state, const SwarmContext& context) {
  DCHECK(hash == hash_at(position, context));
  const auto peers = this->peers();
  Slot peer = peers[position];
  const PeerKind before = std::exchange(peer.state, state).kind();
  peers[position].state = state;
  if (before == state.kind()) return position;
  if (before == PeerKind::seeder) --seeder_count_;
  if (state.kind() == PeerKind::seeder) ++seeder_count_;
  if (wants_data(before) == peer.wants_data()) return position;
  // To the other group. Who is at the border makes room for it, and comes to where it was; at the
  // border then comes who was at its place. All hashes first: they are made side by side.
  const std::uint32_t border = peer.wants_data() ? wanting_count_++ : --wanting_count_;
  const std::uint32_t place = place_in(group_of(peer), hash);
  const std::uint32_t hash_at_border = hash_at(border, context);
  const std::uint32_t hash_at_place = hash_at(place, context);
  if (border != position) move(border, position, hash_at_border);
  if (place != border) move(place, border, hash_at_place);
  memory_.index().move(hash, position, place);
  peers[place] = peer;
  return place;
}

// Where those who want as much are, itself among them.
template <class Address>
typename PeerList<Address>::Group PeerList<Address>::group_of(const Slot& peer) const {
  return peer.wants_data() ? Group{0, wanting_count_} : Group{wanting_count_, peer_count_};
}

// A place at random, for a peer of that hash, which nobody can choose. Peers of one hash, as those
// of one address can be, get others each time, since the counts have changed.
template <class Address>
std::uint32_t PeerList<Address>::place_in(const Group& group, std::uint32_t hash) const {
  Random random(std::uint64_t{hash} << 32 | std::uint64_t{wanting_count_} << 16 | peer_count_);
  return group.begin + random.below(group.end - group.begin);
}

// Moves a peer of that hash to where none is counted.
template <class Address>
void PeerList<Address>::move(std::uint32_t from, std::uint32_t to, std::uint32_t hash) {
  memory_.index().move(hash, from, to);
  peers()[to] = peers()[from];
}

template <class Address>
void PeerList<Address>::shrink(const SwarmContext& context) {
  if (peer_count_ >= memory_.capacity() - memory_.capacity() / 4) return;
  const std::uint32_t capacity = memory_.capacity_for(peer_count_);
  if (capacity < memory_.capacity()) change_capacity(capacity, context);
}

template <class Address>
void PeerList<Address>::assign(std::span<const Slot> peers, const SwarmContext& context) {
  CHECK(peers.size() <= peers_max);
  const auto count = static_cast<std::uint32_t>(peers.size());
  const auto wanting = [](const Slot& peer) { return peer.wants_data(); };
  const auto seeds = [](const Slot& peer) { return peer.state.kind() == PeerKind::seeder; };
  memory_ = PeerMemory<Address>(memory_.capacity_for(count));
  peer_count_ = static_cast<std::uint16_t>(count);
  wanting_count_ = static_cast<std::uint16_t>(std::ranges::count_if(peers, wanting));
  seeder_count_ = static_cast<std::uint16_t>(std::ranges::count_if(peers, seeds));
  for (std::uint32_t position = 0; position < count; ++position) memory_.reserve(position);
  std::uint32_t next_wanting = 0;
  std::uint32_t next_other = wanting_count_;
  const auto slots = memory_.slots();
  for (const Slot& peer : peers) slots[wanting(peer) ? next_wanting++ : next_other++] = peer;
  fill_index(context);
}

template <class Address>
void PeerList<Address>::swap(PeerList& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(peer_count_, other.peer_count_);
  std::swap(wanting_count_, other.wanting_count_);
  std::swap(seeder_count_, other.seeder_count_);
}

template <class Address>
void PeerList<Address>::change_capacity(std::uint32_t capacity, const SwarmContext& context) {
  PeerMemory<Address> other(capacity);
  other.take_slots(memory_, peer_count_);
  memory_ = std::move(other);
  fill_index(context);
}

template <class Address>
void PeerList<Address>::fill_index(const SwarmContext& context) {
  PeerIndex index = memory_.index();
  for (std::uint32_t position = 0; position < peer_count_; ++position) {
    index.insert(hash_at(position, context), position);
  }
}

template bool address_is_limited(const PeerSlot<Ipv4Address>&, const SwarmContext&);
template bool address_is_limited(const PeerSlot<Ipv6Address>&, const SwarmContext&);
template std::uint64_t subscriber_hash(const PeerSlot<Ipv4Address>&, std::uint32_t,
                                       const SwarmContext&);
template std::uint64_t subscriber_hash(const PeerSlot<Ipv6Address>&, std::uint32_t,
                                       const SwarmContext&);
template std::uint64_t peer_hash(const PeerSlot<Ipv4Address>&, const SwarmContext&);
template std::uint64_t peer_hash(const PeerSlot<Ipv6Address>&, const SwarmContext&);
template class PeerList<Ipv4Address>;
template class PeerList<Ipv6Address>;

}  // namespace gyre::swarm
