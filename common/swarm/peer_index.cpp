#include "common/swarm/peer_index.hpp"

#include <algorithm>
#include <bit>

#include "common/check.hpp"

namespace gyre::swarm {

template <class Address>
PeerIndex<Address>::PeerIndex(std::span<const Slot> slots, std::size_t capacity,
                              const HashSecret& secret)
    : mask_(static_cast<std::uint32_t>(std::bit_ceil(2 * capacity) - 1)) {
  const std::size_t cell_count = std::size_t{mask_} + 1;
  cells_ = std::make_unique_for_overwrite<std::uint32_t[]>(cell_count);
  std::fill_n(cells_.get(), cell_count, empty);
  CHECK(slots.size() <= this->capacity());
  for (std::uint32_t position = 0; position < slots.size(); ++position) {
    insert(slots[position], position, secret);
  }
}

template <class Address>
std::size_t PeerIndex<Address>::home(const Slot& peer, const HashSecret& secret) const {
  constexpr std::size_t key_size = compact_peer_size(family_of<Address>);
  return keyed_hash(secret, std::span<const std::byte, key_size>(peer.compact(), key_size)) & mask_;
}

template <class Address>
std::optional<std::uint32_t> PeerIndex<Address>::find(std::span<const Slot> slots, const Slot& peer,
                                                      const HashSecret& secret) const {
  for (std::size_t cell = home(peer, secret); cells_[cell] != empty; cell = next(cell)) {
    if (slots[cells_[cell]].same_peer(peer)) return cells_[cell];
  }
  return std::nullopt;
}

template <class Address>
void PeerIndex<Address>::insert(const Slot& peer, std::uint32_t position,
                                const HashSecret& secret) {
  std::size_t cell = home(peer, secret);
  while (cells_[cell] != empty) cell = next(cell);
  cells_[cell] = position;
}

template <class Address>
void PeerIndex<Address>::erase(std::span<const Slot> slots, std::uint32_t position,
                               const HashSecret& secret) {
  std::size_t hole = cell_of(slots[position], position, secret);
  for (std::size_t cell = next(hole); cells_[cell] != empty; cell = next(cell)) {
    // A cell may fill the hole unless its home lies cyclically after the hole.
    const std::size_t distance = (cell - home(slots[cells_[cell]], secret)) & mask_;
    if (distance < ((cell - hole) & mask_)) continue;
    cells_[hole] = cells_[cell];
    hole = cell;
  }
  cells_[hole] = empty;
}

template <class Address>
void PeerIndex<Address>::move(const Slot& peer, std::uint32_t from, std::uint32_t to,
                              const HashSecret& secret) {
  cells_[cell_of(peer, from, secret)] = to;
}

template <class Address>
void PeerIndex<Address>::swap(const Slot& a, std::uint32_t position_a, const Slot& b,
                              std::uint32_t position_b, const HashSecret& secret) {
  const std::size_t cell_a = cell_of(a, position_a, secret);
  const std::size_t cell_b = cell_of(b, position_b, secret);
  cells_[cell_a] = position_b;
  cells_[cell_b] = position_a;
}

template <class Address>
std::size_t PeerIndex<Address>::cell_of(const Slot& peer, std::uint32_t position,
                                        const HashSecret& secret) const {
  std::size_t cell = home(peer, secret);
  while (cells_[cell] != position) {
    DCHECK(cells_[cell] != empty);
    cell = next(cell);
  }
  return cell;
}

template class PeerIndex<Ipv4Address>;
template class PeerIndex<Ipv6Address>;

}  // namespace gyre::swarm
