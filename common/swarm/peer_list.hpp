// Up to 65,000 peers of a swarm by their positions, those who want data before those who do not, so
// that seeders can be told of leechers only by sampling the first part; and an index that finds a
// peer. Between LargeSwarm and PeerMemory.
//
// Within these two groups they are in no order: each comes to a place at random, and who was there
// goes to the end. Those told together are neighbours, and must not be those who came together,
// which somebody who sends many peers at once could otherwise bring about.
//
// The counts are kept with the pointer to its memory, where a swarm is, so that the peers to be
// told can be chosen without another look.
//
// Invariant: a peer is in the list at most once.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "common/swarm/context.hpp"
#include "common/swarm/peer_index.hpp"
#include "common/swarm/peer_memory.hpp"
#include "common/swarm/peer_slot.hpp"

namespace gyre::swarm {

// The hash of a peer under which all lists keep it.
//
// If the number of peers of one address is limited, they are spread over a few hashes only, which
// subscriber_hash() names, so that they can be found and counted; the limit keeps such
// neighbourhoods short.
template <class Address>
std::uint64_t peer_hash(const PeerSlot<Address>& peer, const SwarmContext& context);

inline constexpr std::uint32_t hashes_per_subscriber = 8;
template <class Address>
std::uint64_t subscriber_hash(const PeerSlot<Address>& peer, std::uint32_t which,
                              const SwarmContext& context);

// Whether peers of that address are counted against SwarmLimits::peers_per_address. Those of the
// host itself are not: they are tests.
template <class Address>
bool address_is_limited(const PeerSlot<Address>& peer, const SwarmContext& context);

template <class Address>
class PeerList {
 public:
  using Slot = PeerSlot<Address>;

  PeerList() = default;
  PeerList(PeerList&& other) noexcept { swap(other); }
  // What this one had goes with the other.
  PeerList& operator=(PeerList&& other) noexcept {
    swap(other);
    return *this;
  }

  static constexpr std::uint32_t peers_max = PeerIndex::capacity_max;
  // In a list's own bytes, of a 16-bit number up to peers_max.
  static constexpr std::size_t seeder_count_offset = 14;

  // By position, below peer_count().
  PeerSlots<Address> peers() const { return memory_.slots(); }
  std::uint32_t peer_count() const { return peer_count_; }
  std::uint32_t wanting_count() const { return wanting_count_; }
  std::uint32_t seeder_count() const { return seeder_count_; }

  // `hash` is the lower half of peer_hash().
  std::optional<std::uint32_t> find(const Slot& peer, std::uint32_t hash) const;
  // Calls visit(position) for each peer that may have the same address.
  template <class Visit>
  void visit_neighbours(std::uint32_t hash, Visit visit) const {
    memory_.index().find(hash, [&visit](std::uint32_t position) {
      visit(position);
      return false;
    });
  }
  void prefetch(std::uint32_t hash) const { memory_.index().prefetch(hash); }

  // Requires: the peer is not in the list, which is not full.
  void insert(const Slot& peer, std::uint32_t hash, const SwarmContext& context);
  void erase(std::uint32_t position, const SwarmContext& context);
  // Gives the peer there, which has that hash, another state; returns where it is then.
  std::uint32_t replace(std::uint32_t position, std::uint32_t hash, PeerState state,
                        const SwarmContext& context);

  // Gives memory back when little of it is used.
  void shrink(const SwarmContext& context);
  bool is_sparse() const { return peer_count_ < memory_.capacity() / 2; }

  // Replaces all peers. In one go, which is much faster than one by one.
  void assign(std::span<const Slot> peers, const SwarmContext& context);

 private:
  std::uint32_t hash_at(std::uint32_t position, const SwarmContext& context) const;
  void move(std::uint32_t from, std::uint32_t to, std::uint32_t hash);
  struct Group {
    std::uint32_t begin, end;
  };
  Group group_of(const Slot& peer) const;
  std::uint32_t place_in(const Group& group, std::uint32_t hash) const;
  void swap(PeerList& other) noexcept;
  void change_capacity(std::uint32_t capacity, const SwarmContext& context);
  void fill_index(const SwarmContext& context);

  PeerMemory<Address> memory_;
  std::uint16_t peer_count_ = 0;
  std::uint16_t wanting_count_ = 0;  // the first peers: those who want data
  std::uint16_t seeder_count_ = 0;
};

// They lie in a swarm's entry of the map.
static_assert(sizeof(PeerList<Ipv4Address>) == 16);
static_assert(sizeof(PeerList<Ipv4Address>) ==
              PeerList<Ipv4Address>::seeder_count_offset + sizeof(std::uint16_t));

extern template class PeerList<Ipv4Address>;
extern template class PeerList<Ipv6Address>;

}  // namespace gyre::swarm
