#include "common/swarm/peer_list.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <utility>

#include "common/check.hpp"

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

// The least capacity for so many peers that leaves none of the allocator's memory unused: jemalloc
// rounds sizes up to four steps between two powers of two.
template <class Slot>
std::uint32_t capacity_for(std::uint32_t peers) {
  const std::size_t bytes = std::max<std::size_t>(peers * sizeof(Slot), 64);
  const std::size_t step = std::bit_floor(bytes - 1) / 4;
  return static_cast<std::uint32_t>((bytes + step - 1) / step * step / sizeof(Slot));
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
    resize_slots(std::min(peers_max, capacity_for<Slot>(peer_count_ + 1)));
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
  if (peer_count_ < capacity_ - capacity_ / 4) {
    resize_slots(std::min(capacity_, capacity_for<Slot>(peer_count_)));
  }
  if (peer_count_ < index_.capacity() / 2) {
    rebuild_index(peer_count_ + peer_count_ / 8 + 1, context);
  }
}

template <class Address>
void PeerList<Address>::assign(std::span<const Slot> peers, const SwarmContext& context) {
  CHECK(peers.size() <= peers_max);
  peer_count_ = static_cast<std::uint32_t>(peers.size());
  resize_slots(std::min(peers_max, capacity_for<Slot>(peer_count_)));
  const auto wanting = [](const Slot& peer) { return peer.wants_data(); };
  const auto seeds = [](const Slot& peer) { return peer.state.kind() == PeerKind::seeder; };
  wanting_count_ = static_cast<std::uint32_t>(std::ranges::count_if(peers, wanting));
  std::ranges::partition_copy(peers, slots_, slots_ + wanting_count_, wanting);
  seeder_count_ = static_cast<std::uint32_t>(std::ranges::count_if(peers, seeds));
  rebuild_index(std::min(peers_max, peer_count_ + peer_count_ / 8 + 16), context);
}

template <class Address>
void PeerList<Address>::swap(PeerList& other) noexcept {
  std::swap(slots_, other.slots_);
  std::swap(index_, other.index_);
  std::swap(capacity_, other.capacity_);
  std::swap(peer_count_, other.peer_count_);
  std::swap(wanting_count_, other.wanting_count_);
  std::swap(seeder_count_, other.seeder_count_);
}

template <class Address>
void PeerList<Address>::resize_slots(std::uint32_t capacity) {
  if (capacity == 0) {
    std::free(slots_);
    slots_ = nullptr;
  } else if (capacity != capacity_) {
    slots_ = static_cast<Slot*>(std::realloc(slots_, capacity * sizeof(Slot)));
    CHECK(slots_ != nullptr);
  }
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
template std::uint64_t subscriber_hash(const PeerSlot<Ipv4Address>&, std::uint32_t,
                                       const SwarmContext&);
template std::uint64_t subscriber_hash(const PeerSlot<Ipv6Address>&, std::uint32_t,
                                       const SwarmContext&);
template std::uint64_t peer_hash(const PeerSlot<Ipv4Address>&, const SwarmContext&);
template std::uint64_t peer_hash(const PeerSlot<Ipv6Address>&, const SwarmContext&);
template class PeerList<Ipv4Address>;
template class PeerList<Ipv6Address>;

}  // namespace gyre::swarm
