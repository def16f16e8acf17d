// The peers of one torrent in one address family. Takes values and returns values: time, randomness
// and the hash secret are arguments; it knows no sockets, configuration or locks.
//
// The peers lie in one array, those who want data before those who do not, so that seeders can be
// told of leechers only by sampling the first part. Above `scan_max` peers an index finds a peer.
//
// Invariant: a peer, that is an address and port, is in the array at most once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "common/random.hpp"
#include "common/swarm/keyed_hash.hpp"
#include "common/swarm/peer_index.hpp"
#include "common/swarm/peer_slot.hpp"
#include "common/types.hpp"

namespace gyre::swarm {

// What a scrape tells.
struct SwarmCounts {
  std::uint32_t seeder_count = 0;
  std::uint32_t leecher_count = 0;
  std::uint32_t completed_count = 0;  // peers that were seen as leechers and then completed
};

template <class Address>
struct Announce {
  PeerAddress<Address> peer;
  PeerKind kind = PeerKind::leecher;
  bool stopped = false;    // removes the peer; it is told of nobody
  bool completed = false;  // the client says that it has just finished
  bool store = true;       // false: answered, but others are not told of it
  std::uint32_t peers_wanted = 0;
};

template <class Address>
class Swarm {
 public:
  using Slot = PeerSlot<Address>;

  std::uint32_t peer_count() const { return peer_count_; }
  SwarmCounts counts() const;

  // Finds the peer, removes or updates it, chooses others for it, then stores it if it is new.
  // Writes the others in compact form to `compact_peers`, which holds `peers_wanted` of them, and
  // returns how many it wrote.
  std::uint32_t announce(const Announce<Address>& announce, Seconds now, Random& random,
                         const HashSecret& secret, std::span<std::byte> compact_peers);

  // Removes expired peers among the positions from `end` down to `begin`, and gives memory back
  // when little of it is used. A whole swarm is done by ranges from its end to its beginning, so
  // that the peers that fill gaps have been looked at. Returns how many went.
  std::uint32_t expire(std::uint32_t begin, std::uint32_t end, Seconds now, Seconds max_age_s,
                       const HashSecret& secret);

 private:
  // A scan over so few slots, four cache lines of IPv4 peers, is cheaper than a keyed hash.
  static constexpr std::uint32_t scan_max = 32;

  std::span<Slot> slots() { return {slots_.get(), peer_count_}; }
  std::span<const Slot> slots() const { return {slots_.get(), peer_count_}; }

  std::optional<std::uint32_t> find(const Slot& peer, const HashSecret& secret) const;
  std::uint32_t choose_peers(std::optional<std::uint32_t> self, PeerKind kind, std::uint32_t wanted,
                             Random& random, std::span<std::byte> compact_peers) const;
  std::uint32_t update(std::uint32_t position, const Announce<Address>& announce, Seconds now,
                       const HashSecret& secret);
  std::uint32_t insert(Slot peer, const HashSecret& secret);
  void erase(std::uint32_t position, const HashSecret& secret);
  void move(std::uint32_t from, std::uint32_t to, const HashSecret& secret);
  void swap(std::uint32_t position, std::uint32_t other, const HashSecret& secret);
  void reserve(std::uint32_t capacity, const HashSecret& secret);
  void shrink(const HashSecret& secret);

  std::unique_ptr<Slot[]> slots_;
  // None up to scan_max peers. What follows lies in the padding at its end.
  [[no_unique_address]] PeerIndex<Address> index_;
  std::uint32_t capacity_ = 0;
  std::uint32_t peer_count_ = 0;
  std::uint32_t wanting_count_ = 0;  // the first peers of the array: those who want data
  std::uint32_t seeder_count_ = 0;
  std::uint32_t completed_count_ = 0;
};

// With its info_hash a swarm fills one cache line of the map: 20 + 4 (padding) + 40.
static_assert(sizeof(Swarm<Ipv4Address>) == 40);

extern template class Swarm<Ipv4Address>;
extern template class Swarm<Ipv6Address>;

}  // namespace gyre::swarm
