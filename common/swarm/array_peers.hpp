// The peers of a small swarm in one array, downloaders first, which is scanned to find one. Up to
// two lie in the object itself, more on the heap.
//
// Places are those of bucket 0, and hashes are not looked at: an array has the operations of the
// other forms (see swarm.hpp), and what only they need is ignored.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "common/base/random.hpp"
#include "common/swarm/context.hpp"
#include "common/swarm/downloaders_first.hpp"
#include "common/swarm/peer_slot.hpp"
#include "common/swarm/shares.hpp"

namespace gyre::swarm {

template <class Address>
class ArrayPeers {
 public:
  using Slot = PeerSlot<Address>;

  static constexpr std::uint32_t inline_max = 2;
  // A scan over four cache lines of IPv4 peers takes less than a keyed hash.
  static constexpr std::uint32_t peers_max = 32;

  ArrayPeers() = default;
  ArrayPeers(const ArrayPeers&) = delete;
  ArrayPeers& operator=(const ArrayPeers&) = delete;
  ~ArrayPeers() { resize(peer_count(), 0); }

  std::uint32_t peer_count() const { return order_.peers; }
  std::uint32_t seeder_count() const { return order_.seeders; }
  std::uint32_t pool_of(PeerKind kind) const { return order_.pool_of(kind); }

  std::span<const Slot> peers() const { return {slots(), peer_count()}; }
  const Slot& at(PeerPlace place) const { return peers()[place.position]; }
  std::optional<PeerPlace> find(const Slot& peer, std::uint64_t hash) const;
  // REQUIRES: fewer than peers_max, and no peer like it.
  void insert(const Slot& peer, std::uint64_t hash, const SwarmContext& context);
  void erase(PeerPlace place, const SwarmContext& context);
  PeerPlace set_state(PeerPlace place, std::uint64_t hash, PeerState state,
                      const SwarmContext& context);

  std::uint32_t sample(std::optional<PeerPlace> self, PeerKind kind, std::uint32_t wanted,
                       Random& random, std::byte* compact_peers) const;
  void prefetch(const Slot& peer, std::uint64_t hash, std::uint32_t wanted, Random random) const;

  static constexpr bool is_full_for(std::uint64_t) { return false; }  // larger forms take more
  PeerPlace oldest(const Slot& newcomer, std::uint64_t hash, Seconds now, Random& random) const;
  template <class Visit>
  void visit_same_address(const Slot& peer, const SwarmContext&, Visit visit) const {
    for (std::uint32_t position = 0; position < peer_count(); ++position) {
      const Slot& other = peers()[position];
      if (other.same_subscriber(peer)) visit(PeerPlace{0, position}, other);
    }
  }
  bool expire_some(PeerPlace& end, Seconds now, Seconds max_age_s, const SwarmContext& context);

  void check_invariants(const SwarmContext& context) const;

 private:
  static std::uint32_t capacity_for(std::uint32_t peers);
  // Where so many peers are.
  Slot* slots(std::uint32_t peers);
  const Slot* slots() const { return const_cast<ArrayPeers*>(this)->slots(peer_count()); }
  Slot* resize(std::uint32_t from, std::uint32_t to);

  // Two peers, or a pointer to more.
  std::array<std::byte, inline_max * sizeof(Slot)> storage_{};
  DownloadersFirst<std::uint8_t> order_;
};

extern template class ArrayPeers<Ipv4Address>;
extern template class ArrayPeers<Ipv6Address>;

}  // namespace gyre::swarm
