// The peers of a swarm in one list, up to 65,000: by position, downloaders first, and an index that
// finds one by its hash.
//
// Among the downloaders, and among the others, peers are in no order: each comes to a position at
// random, and who was there goes to the end. Peers that are returned together are neighbours, and
// must not be those that came together, which somebody who sends many peers could bring about.
//
// Behind all others are surplus peers, in no order, which no sample reaches: those of addresses and
// networks that have more than their share (list_shares.hpp).
//
// A list is a form of a swarm (see swarm.hpp) and a bucket of a larger one; places are those of
// bucket 0. Of a peer's hash it looks at the lower half.
//
// Invariant: a peer is in the list at most once.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "common/base/random.hpp"
#include "common/swarm/context.hpp"
#include "common/swarm/downloaders_first.hpp"
#include "common/swarm/list_shares.hpp"
#include "common/swarm/peer_memory.hpp"
#include "common/swarm/peer_slot.hpp"
#include "common/swarm/shares.hpp"

namespace gyre::swarm {

template <class Address>
class ListPeers {
 public:
  using Slot = PeerSlot<Address>;

  ListPeers() = default;
  // Takes the peers over in one go; they differ. The last ones are surplus.
  ListPeers(std::span<const Slot> peers, std::uint32_t surplus_count, const SwarmContext& context);
  ListPeers(ListPeers&& other) noexcept
      : memory_(std::move(other.memory_)),
        order_(std::exchange(other.order_, {})),
        surplus_count_(other.surplus_count_),
        must_rebalance_(other.must_rebalance_) {
    other.surplus_count_ = 0;
  }
  ListPeers& operator=(ListPeers&& other) noexcept;

  static constexpr std::uint32_t peers_max = PeerIndex::capacity_max;
  // More than any list has peers, but for one that somebody fills who knows the secret.
  static constexpr std::uint32_t surplus_max = 0x7fff;

  std::uint32_t peer_count() const { return std::uint32_t{order_.peers} + surplus_count_; }
  std::uint32_t seeder_count() const { return order_.seeders; }
  std::uint32_t surplus_count() const { return surplus_count_; }
  // Those a peer of that kind may be returned are at the positions below it.
  std::uint32_t pool_of(PeerKind kind) const { return order_.pool_of(kind); }

  const Slot& at(PeerPlace place) const { return memory_[place.position]; }
  // Calls visit(span of peers) for those at `length` positions, in turn.
  template <class Visit>
  void visit(std::uint32_t first, std::uint32_t length, Visit visit) const {
    DCHECK(first + length <= peer_count());
    memory_.visit(first, length, visit);
  }

  std::optional<PeerPlace> find(const Slot& peer, std::uint64_t hash) const;
  // Where `list_count` is asked for, the list is one of so many of a swarm.
  // REQUIRES: fewer than peers_max, and no peer like it.
  void insert(const Slot& peer, std::uint64_t hash, const SwarmContext& context,
              std::uint32_t list_count = 1);
  void erase(PeerPlace place, const SwarmContext& context);
  // Of the peer there, which has that hash. Returns where it is afterwards.
  PeerPlace set_state(PeerPlace place, std::uint64_t hash, PeerState state,
                      const SwarmContext& context, std::uint32_t list_count = 1);

  std::uint32_t sample(std::optional<PeerPlace> self, PeerKind kind, std::uint32_t wanted,
                       Random& random, std::byte* compact_peers) const;
  void prefetch(const Slot& peer, std::uint64_t hash, std::uint32_t wanted, Random random) const;
  void prefetch_index(std::uint64_t hash) const { memory_.index().prefetch(lower_half(hash)); }

  bool is_full_for(std::uint64_t) const { return peer_count() == peers_max; }
  PeerPlace oldest(const Slot& newcomer, std::uint64_t hash, Seconds now, Random& random) const;
  template <class Visit>
  void visit_same_address(const Slot& peer, const SwarmContext& context, Visit visit) const {
    for (std::uint32_t which = 0; which < hashes_per_subscriber; ++which) {
      visit_same_address(peer, subscriber_hash(peer, which, context), context, visit);
    }
  }
  // Those that have that hash of subscriber_hash().
  template <class Visit>
  void visit_same_address(const Slot& peer, std::uint64_t hash, const SwarmContext& context,
                          Visit visit) const {
    visit_neighbours(hash, [&](std::uint32_t position) {
      const Slot& other = memory_[position];
      // Another of the hashes may be near: each peer counts under its own.
      if (!other.same_subscriber(peer) || peer_hash(other, context) != hash) return;
      visit(PeerPlace{0, position}, other);
    });
  }
  // Calls visit(position) for each peer that may have that hash.
  template <class Visit>
  void visit_neighbours(std::uint64_t hash, Visit visit) const {
    memory_.index().find(lower_half(hash), [&visit](std::uint32_t position) {
      visit(position);
      return false;
    });
  }

  // Looks only at the position in `end`, which is at its end again when this returns false.
  bool expire_some(PeerPlace& end, Seconds now, Seconds max_age_s, const SwarmContext& context,
                   std::uint32_t list_count = 1);
  // Gives memory back when little of it is used.
  void shrink(const SwarmContext& context);

  // That every peer is found where it is, and that it is counted.
  void check_invariants(const SwarmContext& context) const;

 private:
  friend ListShares<Address>;

  static std::uint32_t lower_half(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }
  std::uint32_t hash_at(std::uint32_t position, const SwarmContext& context) const;
  void move(std::uint32_t from, std::uint32_t to, std::uint32_t hash);
  std::uint32_t random_position(PeerKind kind, std::uint32_t hash) const;
  void remove(std::uint32_t position, const SwarmContext& context);
  void count_surplus(const Slot& peer) {
    ++surplus_count_;
    if (peer.state.kind() == PeerKind::seeder) ++order_.seeders;
  }
  PeerPlace set_surplus_state(std::uint32_t position, PeerState state);
  // A pool that loses half of its peers comes by a power of two. Small ones all have the same
  // shares.
  void note_fewer(std::uint32_t pool) {
    if (pool >= 8 && std::has_single_bit(pool)) must_rebalance_ = 1;
  }
  void make_fair(std::uint32_t position, const SwarmContext& context);
  void change_capacity(std::uint32_t capacity, const SwarmContext& context);
  void fill_index(const SwarmContext& context);
  void check_after_change(const SwarmContext& context) const;
  template <class Visit>
  std::uint32_t visit_sample(std::optional<PeerPlace> self, PeerKind kind, std::uint32_t wanted,
                             Random& random, Visit visit) const;

  PeerMemory<Address> memory_;
  DownloadersFirst<std::uint16_t> order_;  // of those that are not surplus, but its seeders are all
  std::uint16_t surplus_count_ : 15 = 0;
  std::uint16_t must_rebalance_ : 1 = 0;  // shares may have changed since the last expiry
};

// They lie in a swarm's entry of the map.
static_assert(sizeof(ListPeers<Ipv4Address>) == 18);

extern template class ListPeers<Ipv4Address>;
extern template class ListPeers<Ipv6Address>;

}  // namespace gyre::swarm
