// The peers of a swarm that is too large to be scanned. Between Swarm, which has the rules, and the
// lists that hold them.
//
// A swarm of more than some thousand peers is cut into parts (swarm_parts.hpp); here are the rules
// by which there are more or less of them.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <span>

#include "common/base/random.hpp"
#include "common/swarm/context.hpp"
#include "common/swarm/peer_list.hpp"
#include "common/swarm/peer_slot.hpp"
#include "common/swarm/swarm_parts.hpp"
#include "common/swarm/unaligned_pointer.hpp"

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

// A `hash` is peer_hash() of the peer: callers make it once, and pass it on.
template <class Address>
class LargeSwarm {
 public:
  using Slot = PeerSlot<Address>;

  // Takes the peers over; they differ.
  LargeSwarm(std::span<const Slot> peers, const SwarmContext& context);
  LargeSwarm(LargeSwarm&& other) noexcept;
  LargeSwarm& operator=(LargeSwarm&&) = delete;
  ~LargeSwarm();

  std::uint32_t peer_count() const {
    return has_one_part() ? only_part().peer_count() : parts().peer_count();
  }
  std::uint32_t wanting_count() const {
    return has_one_part() ? only_part().wanting_count() : parts().wanting_count();
  }
  std::uint32_t seeder_count() const {
    return has_one_part() ? only_part().seeder_count() : parts().seeder_count();
  }

  // It has more peers than the caches near a core hold.
  bool is_distant() const { return part_count() >= distant_parts_min; }

  Slot& at(PeerPlace place) { return part(place.part).peers()[place.position]; }
  std::optional<PeerPlace> find(const Slot& peer, std::uint64_t hash) const;
  // Requires: no peer like it is in.
  void insert(const Slot& peer, std::uint64_t hash, const SwarmContext& context);
  void erase(PeerPlace place, const SwarmContext& context);
  // Gives the peer there, which has that hash, another state; returns where it is then.
  PeerPlace replace(PeerPlace place, std::uint64_t hash, PeerState state,
                    const SwarmContext& context);

  // Writes peers other than `self` in compact form, and returns how many: as many as wanted, or all
  // that there are.
  std::uint32_t choose_peers(std::optional<PeerPlace> self, bool only_wanting, std::uint32_t wanted,
                             Random& random, std::byte* compact_peers) const;
  // Starts to fetch what find() and then choose_peers(), with `random` in that state, will read.
  void prefetch(const Slot& peer, std::uint64_t hash, std::uint32_t wanted, Random random) const;

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
  // The same of the part that a peer of that hash belongs to, if it is full. By chance that does
  // not come to pass; who knows which peers share a part may bring it about.
  std::optional<PeerPlace> oldest_of_full_part(std::uint64_t hash, Seconds now,
                                               Random& random) const;

  // Removes expired peers among the next ones; false when all have been seen and the memory that
  // they do not need has been given back. Another round begins with a new position.
  bool expire_some(ExpiryPosition& position, Seconds now, Seconds max_age_s,
                   const SwarmContext& context);

  void copy_peers(Slot* out) const;  // those who want data first

 private:
  using Part = PeerList<Address>;
  // A second-level cache has one or two MiB, and a part of IPv4 peers about 30 KiB.
  static constexpr std::uint32_t distant_parts_min = 64;
  using Parts = SwarmParts<Address>;
  using PartCounts = typename Parts::Counts;

  // Most swarms have one part, which lies here, so that it costs no further look.
  Part& only_part() { return *std::launder(reinterpret_cast<Part*>(storage_.data())); }
  const Part& only_part() const { return const_cast<LargeSwarm*>(this)->only_part(); }
  // Where a list has a number of peers, which is never that large.
  static constexpr std::uint16_t mark_of_parts = 0xffff;
  static constexpr std::size_t mark_offset = Part::seeder_count_offset;
  static_assert(Part::peers_max < mark_of_parts && mark_offset >= sizeof(void*));
  bool has_one_part() const {
    std::uint16_t mark = 0;
    std::memcpy(&mark, storage_.data() + mark_offset, sizeof mark);
    return mark != mark_of_parts;
  }
  // Requires: not only one part.
  Parts& parts() { return *load_pointer<Parts>(storage_.data()); }
  const Parts& parts() const { return *load_pointer<Parts>(storage_.data()); }
  void store(const Parts* parts) {
    store_pointer(storage_.data(), parts);
    std::memcpy(storage_.data() + mark_offset, &mark_of_parts, sizeof mark_of_parts);
  }

  std::uint32_t part_count() const { return has_one_part() ? 1 : parts().size(); }
  Part& part(std::uint32_t index) { return has_one_part() ? only_part() : parts()[index]; }
  const Part& part(std::uint32_t index) const {
    return has_one_part() ? only_part() : parts()[index];
  }

  std::uint32_t part_of(std::uint64_t hash) const {
    return has_one_part() ? 0 : parts().part_of(hash);
  }
  PeerPlace oldest_of(std::uint32_t index, Seconds now, Random& random) const;
  // Call after every change of a part.
  void count_change(std::uint32_t index, const PartCounts& before);
  // Whom requesters may be told of: the first so many of a part.
  static std::uint32_t pool_of(const Part& part, bool only_wanting) {
    return only_wanting ? part.wanting_count() : part.peer_count();
  }
  // Calls visit(span of peers) for each run of peers to be told.
  template <class Visit>
  std::uint32_t visit_sample(std::optional<PeerPlace> self, bool only_wanting, std::uint32_t wanted,
                             Random& random, Visit visit) const;
  template <class Visit>
  std::uint32_t visit_sample_of_parts(std::optional<PeerPlace> self, bool only_wanting,
                                      std::uint32_t wanted, Random& random, Visit visit) const;
  void add_part(const SwarmContext& context);
  bool remove_part(const SwarmContext& context);

  // A Part, or a pointer to the parts and the mark.
  alignas(Part) std::array<std::byte, sizeof(Part)> storage_;
};

extern template class LargeSwarm<Ipv4Address>;
extern template class LargeSwarm<Ipv6Address>;

}  // namespace gyre::swarm
