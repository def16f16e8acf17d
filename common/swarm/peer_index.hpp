// Finds a peer's position in a large swarm's array by its address and port: open addressing over
// 32-bit positions, linear probing, deletion by shifting back. Between Swarm and its array; the
// array stays the truth and is passed to every call.
//
// Invariant: the table holds each position of the array exactly once, at most half of it is full.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/swarm/keyed_hash.hpp"
#include "common/swarm/peer_slot.hpp"

namespace gyre::swarm {

template <class Address>
class PeerIndex {
 public:
  using Slot = PeerSlot<Address>;

  // Indexes all of `slots`, with room for at least `capacity` of them.
  PeerIndex(std::span<const Slot> slots, std::size_t capacity, const HashSecret& secret);

  // The most positions it may hold; the owner makes a larger one before it inserts more.
  std::size_t capacity() const { return cells_.size() / 2; }

  std::optional<std::uint32_t> find(std::span<const Slot> slots, const Slot& peer,
                                    const HashSecret& secret) const;
  void insert(const Slot& peer, std::uint32_t position, const HashSecret& secret);
  // Requires: `slots` still holds the peer at `position`.
  void erase(std::span<const Slot> slots, std::uint32_t position, const HashSecret& secret);
  // The peer that was at `from` is now at `to`.
  void move(const Slot& peer, std::uint32_t from, std::uint32_t to, const HashSecret& secret);
  // The peers at two positions change places.
  void swap(const Slot& a, std::uint32_t position_a, const Slot& b, std::uint32_t position_b,
            const HashSecret& secret);

 private:
  static constexpr std::uint32_t empty = ~std::uint32_t{0};

  std::size_t home(const Slot& peer, const HashSecret& secret) const;
  std::size_t next(std::size_t cell) const { return (cell + 1) & (cells_.size() - 1); }
  std::size_t cell_of(const Slot& peer, std::uint32_t position, const HashSecret& secret) const;

  std::vector<std::uint32_t> cells_;
};

extern template class PeerIndex<Ipv4Address>;
extern template class PeerIndex<Ipv6Address>;

}  // namespace gyre::swarm
