// The peers of a large swarm, in buckets by their hashes, each a list.
//
// Linear hashing (Litwin, 1980): there is one bucket more or less at a time. A new one takes its
// peers from another, the last one gives them back there. So no announce waits for all peers to
// move.
//
// Each bucket keeps to the shares of addresses and networks by itself: a network that has a quarter
// of each has a quarter of all.
//
// It has the operations of the other forms of a swarm (see swarm.hpp). A `hash` is peer_hash() of
// the peer: its upper half says which bucket, its lower half is for the list.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/random.hpp"
#include "common/swarm/bucket_sums.hpp"
#include "common/swarm/context.hpp"
#include "common/swarm/list_peers.hpp"
#include "common/swarm/peer_slot.hpp"

namespace gyre::swarm {

template <class Address>
class BucketPeers {
 public:
  using Slot = PeerSlot<Address>;

  // On average. Buckets that have not been split lately have up to twice as many, and all differ by
  // chance; a list holds many times that. To split one takes a part of a millisecond.
  static constexpr std::uint32_t peers_per_bucket_max = 2'500;
  static constexpr std::uint32_t peers_per_bucket_min = 1'000;
  static_assert(5 * peers_per_bucket_max < ListPeers<Address>::peers_max);

  explicit BucketPeers(ListPeers<Address>&& first) { append(std::move(first)); }

  std::uint32_t peer_count() const { return peer_count_; }
  std::uint32_t seeder_count() const { return seeders_.total(); }
  std::uint32_t bucket_count() const { return static_cast<std::uint32_t>(buckets_.size()); }

  std::uint32_t pool_of(PeerKind kind) const { return pools_of(kind).total(); }

  // It has more peers than a second-level cache holds.
  bool is_larger_than_cache() const { return bucket_count() >= larger_than_cache_min; }

  const Slot& at(PeerPlace place) const { return buckets_[place.bucket].at(place); }
  std::optional<PeerPlace> find(const Slot& peer, std::uint64_t hash) const;
  // REQUIRES: no peer like it is in, and its bucket has room (see oldest()).
  void insert(const Slot& peer, std::uint64_t hash, const SwarmContext& context);
  void erase(PeerPlace place, const SwarmContext& context);
  PeerPlace set_state(PeerPlace place, std::uint64_t hash, PeerState state,
                      const SwarmContext& context);

  std::uint32_t sample(std::optional<PeerPlace> self, PeerKind kind, std::uint32_t wanted,
                       Random& random, std::byte* compact_peers) const;
  void prefetch(const Slot& peer, std::uint64_t hash, std::uint32_t wanted, Random random) const;

  // By chance no bucket becomes full; who knows which peers share one may bring it about.
  bool is_full_for(std::uint64_t hash) const { return buckets_[bucket_of(hash)].is_full_for(hash); }
  PeerPlace oldest(const Slot& newcomer, std::uint64_t hash, Seconds now, Random& random) const;
  template <class Visit>
  void visit_same_address(const Slot& peer, const SwarmContext& context, Visit visit) const {
    for (std::uint32_t which = 0; which < hashes_per_subscriber; ++which) {
      const std::uint64_t hash = subscriber_hash(peer, which, context);
      const std::uint32_t index = bucket_of(hash);
      buckets_[index].visit_same_address(peer, hash, context,
                                         [&](PeerPlace place, const Slot& other) {
                                           visit(PeerPlace{index, place.position}, other);
                                         });
    }
  }
  bool expire_some(PeerPlace& end, Seconds now, Seconds max_age_s, const SwarmContext& context);

  // When one bucket is left: its peers.
  ListPeers<Address> take_only() && { return std::move(buckets_.front()); }

  // Of the buckets, and that the sums are theirs.
  void check_invariants(const SwarmContext& context) const;

 private:
  // A second-level cache has one or two MiB, and a bucket of IPv4 peers about 30 KiB.
  static constexpr std::uint32_t larger_than_cache_min = 64;

  std::uint32_t bucket_of(std::uint64_t hash) const;
  // Where the peers of a bucket come from, and where they go when it is removed.
  static std::uint32_t source_of(std::uint32_t index);
  void append(ListPeers<Address>&& bucket);
  void add_bucket(const SwarmContext& context);
  bool remove_bucket(const SwarmContext& context);
  const BucketSums& pools_of(PeerKind kind) const {
    return is_downloader(kind) ? pools_ : downloaders_;
  }
  // Call count() after every change of a bucket, sum() while others have changed as well.
  void sum(std::uint32_t index);
  void count(std::uint32_t index);
  void check_counts() const;

  template <class Visit>
  std::uint32_t visit_sample(std::optional<PeerPlace> self, PeerKind kind, std::uint32_t wanted,
                             Random& random, Visit visit) const;

  std::vector<ListPeers<Address>> buckets_;
  std::uint32_t peer_count_ = 0;
  BucketSums pools_;        // of those who may be returned to downloaders,
  BucketSums downloaders_;  // and to others
  BucketSums seeders_;
};

extern template class BucketPeers<Ipv4Address>;
extern template class BucketPeers<Ipv6Address>;

}  // namespace gyre::swarm
