// The memory of one list: its peers by their positions, and the cells of its index.
//
// Up to some hundred peers it is one piece, the peers and then the cells. Further peers come in
// blocks, and the piece has pointers to these in place of the peers: the allocator's sizes go up by
// a quarter, of which large lists would leave half unused, and peers in blocks are never copied as
// their list grows.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "common/base/numbers.hpp"
#include "common/swarm/peer_index.hpp"
#include "common/swarm/peer_slot.hpp"

namespace gyre::swarm {

template <class Address>
class PeerMemory {
 public:
  using Slot = PeerSlot<Address>;

  // 1,024 bytes of IPv4 peers and 2,560 of IPv6 peers, which are sizes that the allocator has.
  static constexpr std::uint32_t block_peers = 128;

  PeerMemory() = default;
  // An empty index. REQUIRES: a capacity of capacity_for().
  explicit PeerMemory(std::uint32_t capacity);
  PeerMemory(PeerMemory&& other) noexcept { *this = std::move(other); }
  // What this one had goes with the other.
  PeerMemory& operator=(PeerMemory&& other) noexcept;
  ~PeerMemory();

  // The least capacity for so many peers that leaves nothing of the allocator's memory unused.
  static std::uint32_t capacity_for(std::uint32_t peers);

  std::uint32_t capacity() const { return capacity_; }
  PeerIndex index() const { return {cells(), capacity_}; }

  bool has_blocks() const { return capacity_ > one_piece_max; }
  // All slots. REQUIRES: no blocks.
  Slot* only_slots() const { return reinterpret_cast<Slot*>(piece_); }

  // REQUIRES: reserve() was called for the position.
  Slot& operator[](std::uint32_t position) const {
    DCHECK(position < capacity_);
    if (!has_blocks()) return only_slots()[position];
    return blocks()[position / block_peers][position % block_peers];
  }
  // Calls visit(span of slots) for all of them in turn.
  template <class Visit>
  void visit(std::uint32_t first, std::uint32_t length, Visit visit) const {
    if (!has_blocks()) return visit(std::span<const Slot>(only_slots() + first, length));
    while (length > 0) {
      const std::uint32_t here = std::min(length, block_peers - first % block_peers);
      visit(std::span<const Slot>(&(*this)[first], here));
      first += here;
      length -= here;
    }
  }

  // Has memory for that position afterwards. REQUIRES: it has for all before it.
  void reserve(std::uint32_t position) {
    if (has_blocks() && position % block_peers == 0) reserve_block(position / block_peers);
  }
  // Gives back what is not needed for so many peers, but one block for those who come next.
  // REQUIRES: to be called whenever they have become fewer.
  void release(std::uint32_t peer_count) {
    if (has_blocks() && peer_count % block_peers == 0) release_block(peer_count / block_peers + 1);
  }
  // Takes over the first `count` slots of the other one, which is good for nothing afterwards.
  void take_slots(PeerMemory& other, std::uint32_t count);

 private:
  // Few swarms are larger, and smaller ones gain little memory by blocks.
  static constexpr std::uint32_t one_piece_max = 960;

  static constexpr std::uint32_t block_count(std::uint32_t capacity) {
    return capacity <= one_piece_max ? 0 : units_of(capacity, block_peers);
  }
  // In the piece of that capacity, in bytes.
  static constexpr std::size_t cells_offset(std::uint32_t capacity) {
    return capacity <= one_piece_max ? capacity * sizeof(Slot)
                                     : block_count(capacity) * sizeof(Slot*);
  }
  static constexpr std::size_t piece_size(std::uint32_t capacity) {
    return cells_offset(capacity) + PeerIndex::cell_count(capacity) * sizeof(PeerIndex::Cell);
  }

  // REQUIRES: blocks. Null from the first one that is not there.
  Slot** blocks() const { return reinterpret_cast<Slot**>(piece_); }
  PeerIndex::Cell* cells() const {
    return reinterpret_cast<PeerIndex::Cell*>(piece_ + cells_offset(capacity_));
  }

  void reserve_block(std::uint32_t index);
  void release_block(std::uint32_t index);

  // What lists without memory have in its place: one empty cell, which is never written.
  static constinit inline PeerIndex::Cell no_cell = PeerIndex::empty;
  static std::byte* no_piece() { return reinterpret_cast<std::byte*>(&no_cell); }

  // Packed: it lies among the bytes of a swarm, at any even address.
  [[gnu::packed]] std::byte* piece_ = no_piece();
  std::uint16_t capacity_ = 0;
};

extern template class PeerMemory<Ipv4Address>;
extern template class PeerMemory<Ipv6Address>;

}  // namespace gyre::swarm
