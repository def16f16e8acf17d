// Finds a peer's position in a large swarm's array by its address and port: open addressing over
// 32-bit positions, linear probing, deletion by shifting back. Between Swarm and its array; the
// array stays the truth and is passed to every call.
//
// Invariant: the table holds each position of the array exactly once, at most half of it is full.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "common/swarm/keyed_hash.hpp"
#include "common/swarm/peer_slot.hpp"

namespace gyre::swarm {

template <class Address>
class PeerIndex {
 public:
  using Slot = PeerSlot<Address>;

  PeerIndex() = default;  // no index; only operator bool may be asked

  // Indexes all of `slots`, with room for at least `capacity` of them.
  PeerIndex(std::span<const Slot> slots, std::size_t capacity, const HashSecret& secret);

  explicit operator bool() const { return cells_ != nullptr; }

  // The most positions it may hold; the owner makes a larger one before it inserts more.
  std::size_t capacity() const { return (std::size_t{mask_} + 1) / 2; }

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
  std::size_t next(std::size_t cell) const { return (cell + 1) & mask_; }
  std::size_t cell_of(const Slot& peer, std::uint32_t position, const HashSecret& secret) const;

  std::unique_ptr<std::uint32_t[]> cells_;  // a power of two of them
  std::uint32_t mask_ = 0;                  // their number less one
};

extern template class PeerIndex<Ipv4Address>;
extern template class PeerIndex<Ipv6Address>;

}  // namespace gyre::swarm
