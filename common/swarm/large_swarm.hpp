// The peers of a swarm that is too large to be scanned. Between Swarm, which has the rules, and the
// lists that hold them.
//
// A swarm of more than some thousand peers is cut into parts by their hashes, each a list. It grows
// by one part at a time, which takes its peers from another (linear hashing: Litwin, 1980), so no
// announce waits for all peers to move.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/random.hpp"
#include "common/swarm/context.hpp"
#include "common/swarm/peer_list.hpp"
#include "common/swarm/peer_slot.hpp"

namespace gyre::swarm {

// Where a peer is, until the next change.
struct PeerPlace {
  std::uint32_t part = 0;
  std::uint32_t position = 0;
};

// How far an expiry has come in a large swarm: from the last part and position to the first.
struct ExpiryPosition {
  std::uint32_t parts_left = ~std::uint32_t{0};
  std::uint32_t peers_left = ~std::uint32_t{0};
};

template <class Address>
class LargeSwarm {
 public:
  using Slot = PeerSlot<Address>;

  // Takes the peers over; they differ.
  LargeSwarm(std::span<const Slot> peers, const SwarmContext& context);

  std::uint32_t peer_count() const { return total(&PeerList<Address>::peer_count); }
  std::uint32_t wanting_count() const { return total(&PeerList<Address>::wanting_count); }
  std::uint32_t seeder_count() const { return total(&PeerList<Address>::seeder_count); }

  Slot& at(PeerPlace place) { return part(place.part).peers()[place.position]; }
  std::optional<PeerPlace> find(const Slot& peer, const SwarmContext& context) const;
  // Requires: no peer like it is in.
  void insert(const Slot& peer, const SwarmContext& context);
  void erase(PeerPlace place, const SwarmContext& context);
  // Gives a peer another state; returns where it is then.
  PeerPlace replace(PeerPlace place, PeerState state, const SwarmContext& context);

  // Writes peers other than `self` in compact form, and returns how many: as many as wanted, or all
  // that there are.
  std::uint32_t choose_peers(std::optional<PeerPlace> self, bool only_wanting, std::uint32_t wanted,
                             Random& random, std::byte* compact_peers) const;
  // Starts to fetch what find() and then choose_peers(), with `random` in that state, will read.
  void prefetch(const Slot& peer, std::uint32_t wanted, Random random,
                const SwarmContext& context) const;

  // The oldest peer of the same address, and how many those are.
  struct SameAddress {
    PeerPlace oldest = {};
    unsigned oldest_age_ticks = 0;
    std::uint32_t count = 0;

    void add(PeerPlace place, unsigned age_ticks) {
      if (count++ == 0 || age_ticks > oldest_age_ticks) {
        oldest = place;
        oldest_age_ticks = age_ticks;
      }
    }
  };
  SameAddress same_address(const Slot& peer, Seconds now, const SwarmContext& context) const;

  // The oldest of some peers at random.
  PeerPlace oldest(Seconds now, Random& random) const;
  // The same of the part that `peer` belongs to, if that is full. By chance that does not come to
  // pass; who knows which peers share a part may bring it about.
  std::optional<PeerPlace> oldest_of_full_part(const Slot& peer, Seconds now, Random& random,
                                               const SwarmContext& context) const;

  // Removes expired peers among the next ones; false when all have been seen and the memory that
  // they do not need has been given back. Another round begins with a new position.
  bool expire_some(ExpiryPosition& position, Seconds now, Seconds max_age_s,
                   const SwarmContext& context);

  void copy_peers(Slot* out) const;  // those who want data first

 private:
  using Part = PeerList<Address>;

  // Most swarms have one part, which costs no further look-up.
  std::uint32_t part_count() const { return static_cast<std::uint32_t>(1 + further_.size()); }
  Part& part(std::uint32_t index) { return index == 0 ? first_ : further_[index - 1]; }
  const Part& part(std::uint32_t index) const { return index == 0 ? first_ : further_[index - 1]; }
  std::uint32_t total(std::uint32_t (Part::*count)() const) const {
    std::uint32_t sum = (first_.*count)();
    for (const Part& part : further_) sum += (part.*count)();
    return sum;
  }

  std::uint32_t part_of(std::uint64_t hash) const;
  PeerPlace oldest_of(std::uint32_t index, Seconds now, Random& random) const;
  void add_part(const SwarmContext& context);
  bool remove_part(const SwarmContext& context);

  Part first_;
  std::vector<Part> further_;
};

extern template class LargeSwarm<Ipv4Address>;
extern template class LargeSwarm<Ipv6Address>;

}  // namespace gyre::swarm
