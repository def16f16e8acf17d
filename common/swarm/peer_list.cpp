#include "common/swarm/peer_list.hpp"

#include <algorithm>
#include <utility>

#include "common/check.hpp"
#include "common/swarm/table_memory.hpp"

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
std::uint64_t peer_hash(const PeerSlot<Address>& peer, const SwarmContext& context) {
  if (address_is_limited(peer, context)) {
    return hash_of_first<subscriber_size<Address>>(peer.compact(), context);
  }
  return hash_of_first<compact_peer_size(family_of<Address>)>(peer.compact(), context);
}

template <class Address>
PeerList<Address>::~PeerList() {
  resize_slots(0);
}

template <class Address>
std::uint32_t PeerList<Address>::hash_at(std::uint32_t position,
                                         const SwarmContext& context) const {
  return static_cast<std::uint32_t>(peer_hash(slots_[position], context));
}

template <class Address>
std::optional<std::uint32_t> PeerList<Address>::find(const Slot& peer, std::uint32_t hash) const {
  if (index_.capacity() == 0) return std::nullopt;
  return index_.find(
      hash, [this, &peer](std::uint32_t position) { return slots_[position].same_peer(peer); });
}

template <class Address>
void PeerList<Address>::prefetch(std::uint32_t hash) const {
  if (index_.capacity() > 0) index_.prefetch(hash);
}

template <class Address>
void PeerList<Address>::insert(const Slot& peer, std::uint32_t hash, const SwarmContext& context) {
  CHECK(peer_count_ < peers_max);
  if (peer_count_ == capacity_) {
    resize_slots(std::min(peers_max, capacity_ + std::max(8U, capacity_ / 8)));
  }
  if (peer_count_ == index_.capacity()) {
    rebuild_index(std::min(peers_max, peer_count_ + std::max(16U, peer_count_ / 4)), context);
  }
  std::uint32_t position = peer_count_++;
  if (peer.wants_data()) {
    if (wanting_count_ != position) move(wanting_count_, position, context);
    position = wanting_count_++;
  }
  if (peer.state.kind() == PeerKind::seeder) ++seeder_count_;
  slots_[position] = peer;
  index_.insert(hash, position);
}

template <class Address>
void PeerList<Address>::erase(std::uint32_t position, const SwarmContext& context) {
  index_.erase(hash_at(position, context), position,
               [&](std::uint32_t other) { return hash_at(other, context); });
  if (slots_[position].state.kind() == PeerKind::seeder) --seeder_count_;
  if (position < wanting_count_) {
    --wanting_count_;
    if (position != wanting_count_) move(wanting_count_, position, context);
    position = wanting_count_;
  }
  --peer_count_;
  if (position != peer_count_) move(peer_count_, position, context);
}

template <class Address>
std::uint32_t PeerList<Address>::replace(std::uint32_t position, PeerState state,
                                         const SwarmContext& context) {
  Slot& peer = slots_[position];
  const PeerKind before = std::exchange(peer.state, state).kind();
  seeder_count_ += state.kind() == PeerKind::seeder ? 1 : 0;
  seeder_count_ -= before == PeerKind::seeder ? 1 : 0;
  if (wants_data(before) == peer.wants_data()) return position;
  // To the other part of the array: the peer changes places with the one at the border.
  const std::uint32_t border = peer.wants_data() ? wanting_count_++ : --wanting_count_;
  if (border == position) return position;
  index_.move(hash_at(position, context), position, border);
  index_.move(hash_at(border, context), border, position);
  std::swap(peer, slots_[border]);
  return border;
}

// Moves a peer to where none is counted.
template <class Address>
void PeerList<Address>::move(std::uint32_t from, std::uint32_t to, const SwarmContext& context) {
  index_.move(hash_at(from, context), from, to);
  slots_[to] = slots_[from];
}

template <class Address>
void PeerList<Address>::shrink(const SwarmContext& context) {
  if (peer_count_ < capacity_ - capacity_ / 4) resize_slots(peer_count_ + peer_count_ / 32);
  if (peer_count_ < index_.capacity() / 2) {
    rebuild_index(peer_count_ + peer_count_ / 8 + 1, context);
  }
}

template <class Address>
void PeerList<Address>::resize_slots(std::uint32_t capacity) {
  slots_ =
      static_cast<Slot*>(resize_zeroed(slots_, capacity_ * sizeof(Slot), capacity * sizeof(Slot)));
  capacity_ = capacity;
}

template <class Address>
void PeerList<Address>::rebuild_index(std::uint32_t capacity, const SwarmContext& context) {
  index_ = {};  // its memory first
  index_ = PeerIndex(capacity);
  for (std::uint32_t position = 0; position < peer_count_; ++position) {
    index_.insert(hash_at(position, context), position);
  }
}

template bool address_is_limited(const PeerSlot<Ipv4Address>&, const SwarmContext&);
template bool address_is_limited(const PeerSlot<Ipv6Address>&, const SwarmContext&);
template std::uint64_t peer_hash(const PeerSlot<Ipv4Address>&, const SwarmContext&);
template std::uint64_t peer_hash(const PeerSlot<Ipv6Address>&, const SwarmContext&);
template class PeerList<Ipv4Address>;
template class PeerList<Ipv6Address>;

}  // namespace gyre::swarm
