#include "common/swarm/peer_list.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>
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
PeerList<Address>::PeerList(std::uint32_t capacity) {
  if (capacity == 0) return;
  void* const memory = std::malloc(end_offset(capacity));
  CHECK(memory != nullptr);
  cells_ = UnalignedPointer(new (memory) Cell[PeerIndex::cell_count(capacity)]);
  std::fill_n(cells(), PeerIndex::cell_count(capacity), PeerIndex::empty);
  capacity_ = static_cast<std::uint16_t>(capacity);
}

template <class Address>
PeerList<Address>::~PeerList() {
  if (capacity_ > 0) std::free(cells());
}

// The least capacity for so many peers that leaves none of the allocator's memory unused: jemalloc
// rounds sizes up to four steps between two powers of two.
template <class Address>
std::uint32_t PeerList<Address>::capacity_for(std::uint32_t peers) {
  const std::size_t needed = end_offset(peers);
  const std::size_t step = std::bit_floor(needed - 1) / 4;
  const std::size_t spare = (needed + step - 1) / step * step - needed;
  // A peer takes a slot and 4/3 cells, which are filled up to a multiple of 8 bytes.
  constexpr std::size_t three_peers = 3 * sizeof(Slot) + 4 * sizeof(Cell);
  std::size_t capacity = peers + (spare > 8 ? (spare - 8) * 3 / three_peers : 0);
  while (end_offset(static_cast<std::uint32_t>(capacity + 1)) <= needed + spare) ++capacity;
  return std::min(peers_max, static_cast<std::uint32_t>(capacity));
}

template <class Address>
std::uint32_t PeerList<Address>::hash_at(std::uint32_t position,
                                         const SwarmContext& context) const {
  return static_cast<std::uint32_t>(peer_hash(slots()[position], context));
}

template <class Address>
std::optional<std::uint32_t> PeerList<Address>::find(const Slot& peer, std::uint32_t hash) const {
  const Slot* const slots = this->slots();
  return index().find(
      hash, [slots, &peer](std::uint32_t position) { return slots[position].same_peer(peer); });
}

template <class Address>
void PeerList<Address>::insert(const Slot& peer, std::uint32_t hash, const SwarmContext& context) {
  CHECK(peer_count_ < peers_max);
  if (peer_count_ == capacity_) change_capacity(capacity_for(peer_count_ + 1), context);
  std::uint32_t position = peer_count_++;
  if (peer.wants_data()) {
    if (wanting_count_ != position) move(wanting_count_, position, context);
    position = wanting_count_++;
  }
  if (peer.state.kind() == PeerKind::seeder) ++seeder_count_;
  slots()[position] = peer;
  index().insert(hash, position);
}

template <class Address>
void PeerList<Address>::erase(std::uint32_t position, const SwarmContext& context) {
  index().erase(hash_at(position, context), position,
                [&](std::uint32_t other) { return hash_at(other, context); });
  if (slots()[position].state.kind() == PeerKind::seeder) --seeder_count_;
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
  Slot* const slots = this->slots();
  Slot& peer = slots[position];
  const PeerKind before = std::exchange(peer.state, state).kind();
  if (before == state.kind()) return position;
  if (before == PeerKind::seeder) --seeder_count_;
  if (state.kind() == PeerKind::seeder) ++seeder_count_;
  if (wants_data(before) == peer.wants_data()) return position;
  // To the other part of the array: the peer changes places with the one at the border.
  const std::uint32_t border = peer.wants_data() ? wanting_count_++ : --wanting_count_;
  if (border == position) return position;
  PeerIndex index = this->index();
  index.move(hash_at(position, context), position, border);
  index.move(hash_at(border, context), border, position);
  std::swap(peer, slots[border]);
  return border;
}

// Moves a peer to where none is counted.
template <class Address>
void PeerList<Address>::move(std::uint32_t from, std::uint32_t to, const SwarmContext& context) {
  index().move(hash_at(from, context), from, to);
  slots()[to] = slots()[from];
}

template <class Address>
void PeerList<Address>::shrink(const SwarmContext& context) {
  if (peer_count_ >= capacity_ - capacity_ / 4) return;
  const std::uint32_t capacity = peer_count_ == 0 ? 0 : capacity_for(peer_count_);
  if (capacity < capacity_) change_capacity(capacity, context);
}

template <class Address>
void PeerList<Address>::assign(std::span<const Slot> peers, const SwarmContext& context) {
  CHECK(peers.size() <= peers_max);
  const auto count = static_cast<std::uint32_t>(peers.size());
  const auto wanting = [](const Slot& peer) { return peer.wants_data(); };
  const auto seeds = [](const Slot& peer) { return peer.state.kind() == PeerKind::seeder; };
  *this = PeerList(count == 0 ? 0 : capacity_for(count));
  if (count == 0) return;
  peer_count_ = static_cast<std::uint16_t>(count);
  wanting_count_ = static_cast<std::uint16_t>(std::ranges::count_if(peers, wanting));
  seeder_count_ = static_cast<std::uint16_t>(std::ranges::count_if(peers, seeds));
  std::ranges::partition_copy(peers, slots(), slots() + wanting_count_, wanting);
  fill_index(context);
}

template <class Address>
void PeerList<Address>::swap(PeerList& other) noexcept {
  std::swap(cells_, other.cells_);
  std::swap(capacity_, other.capacity_);
  std::swap(peer_count_, other.peer_count_);
  std::swap(wanting_count_, other.wanting_count_);
  std::swap(seeder_count_, other.seeder_count_);
}

template <class Address>
void PeerList<Address>::change_capacity(std::uint32_t capacity, const SwarmContext& context) {
  PeerList other(capacity);
  std::ranges::copy(peers(), other.slots());
  other.peer_count_ = peer_count_;
  other.wanting_count_ = wanting_count_;
  other.seeder_count_ = seeder_count_;
  other.fill_index(context);
  *this = std::move(other);
}

template <class Address>
void PeerList<Address>::fill_index(const SwarmContext& context) {
  PeerIndex index = this->index();
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
