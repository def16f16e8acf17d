#include "common/swarm/bucket_peers.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "common/base/check.hpp"
#include "common/base/prefetch.hpp"
#include "common/swarm/sample.hpp"

namespace gyre::swarm {
namespace {

// Each run may be in another bucket, and to find it takes as long as to copy it. Neighbours have
// nothing in common but the bucket, since lists keep peers in no order.
constexpr std::uint32_t run_length_in_buckets_max = 50;

}  // namespace

template <class Address>
std::uint32_t BucketPeers<Address>::bucket_of(std::uint64_t hash) const {
  const std::uint32_t count_ceil = std::bit_ceil(bucket_count());
  const std::uint32_t index = static_cast<std::uint32_t>(hash >> 32) & (count_ceil - 1);
  return index < bucket_count() ? index : index - count_ceil / 2;
}

template <class Address>
std::uint32_t BucketPeers<Address>::source_of(std::uint32_t index) {
  DCHECK(index > 0);
  return index - std::bit_ceil(index + 1) / 2;
}

template <class Address>
void BucketPeers<Address>::append(ListPeers<Address>&& bucket) {
  peer_count_ += bucket.peer_count();
  buckets_.push_back(std::move(bucket));
  pools_.push_back();
  downloaders_.push_back();
  seeders_.push_back();
  count(bucket_count() - 1);
}

template <class Address>
void BucketPeers<Address>::sum(std::uint32_t index) {
  pools_.set(index, buckets_[index].pool_of(PeerKind::leecher));
  downloaders_.set(index, buckets_[index].pool_of(PeerKind::seeder));
  seeders_.set(index, buckets_[index].seeder_count());
}

template <class Address>
void BucketPeers<Address>::count(std::uint32_t index) {
  sum(index);
  DCHECK(downloaders_.total() + seeder_count() <= peer_count());
  DCHECK_SAMPLED(bucket_count(), check_counts());
}

template <class Address>
std::optional<PeerPlace> BucketPeers<Address>::find(const Slot& peer, std::uint64_t hash) const {
  const std::uint32_t index = bucket_of(hash);
  auto place = buckets_[index].find(peer, hash);
  if (place) place->bucket = index;
  return place;
}

template <class Address>
void BucketPeers<Address>::insert(const Slot& peer, std::uint64_t hash,
                                  const SwarmContext& context) {
  std::uint32_t index = bucket_of(hash);
  if (buckets_[index].peer_count() > peers_per_bucket_max &&
      peer_count() > bucket_count() * peers_per_bucket_max) {
    add_bucket(context);
    index = bucket_of(hash);
  }
  buckets_[index].insert(peer, hash, context, bucket_count());
  ++peer_count_;
  count(index);
}

template <class Address>
void BucketPeers<Address>::erase(PeerPlace place, const SwarmContext& context) {
  buckets_[place.bucket].erase(place, context);
  --peer_count_;
  count(place.bucket);
}

template <class Address>
PeerPlace BucketPeers<Address>::set_state(PeerPlace place, std::uint64_t hash, PeerState state,
                                          const SwarmContext& context) {
  DCHECK(bucket_of(hash) == place.bucket);
  ListPeers<Address>& bucket = buckets_[place.bucket];
  place.position = bucket.set_state(place, hash, state, context, bucket_count()).position;
  count(place.bucket);
  return place;
}

// To sample_runs() the buckets, or the beginnings of the buckets, are one array; its runs are cut
// up again.
template <class Address>
template <class Visit>
std::uint32_t BucketPeers<Address>::visit_sample(std::optional<PeerPlace> self, PeerKind kind,
                                                 std::uint32_t wanted, Random& random,
                                                 Visit visit) const {
  const BucketSums& sums = pools_of(kind);
  std::optional<std::uint32_t> excluded;
  if (self && self->position < buckets_[self->bucket].pool_of(kind)) {
    excluded = sums.before(self->bucket) + self->position;
  }
  const auto visit_run = [&](std::uint32_t first, std::uint32_t length) {
    while (length > 0) {
      const auto [index, position] = sums.find(first);
      const ListPeers<Address>& bucket = buckets_[index];
      const std::uint32_t here = std::min(length, bucket.pool_of(kind) - position);
      bucket.visit(position, here, visit);
      first += here;
      length -= here;
    }
  };
  return sample_runs(sums.total(), excluded, wanted, random, visit_run, run_length_in_buckets_max);
}

template <class Address>
std::uint32_t BucketPeers<Address>::sample(std::optional<PeerPlace> self, PeerKind kind,
                                           std::uint32_t wanted, Random& random,
                                           std::byte* compact_peers) const {
  return visit_sample(self, kind, wanted, random, [&compact_peers](std::span<const Slot> peers) {
    compact_peers = write_compact<Address>(compact_peers, peers);
  });
}

template <class Address>
void BucketPeers<Address>::prefetch(const Slot& peer, std::uint64_t hash, std::uint32_t wanted,
                                    Random random) const {
  buckets_[bucket_of(hash)].prefetch_index(hash);
  visit_sample(std::nullopt, peer.state.kind(), wanted, random, [](std::span<const Slot> peers) {
    gyre::prefetch(peers.data(), peers.size_bytes());
  });
}

// Of the hash's bucket, if that is full: who leaves another makes no room in it. Else of any.
template <class Address>
PeerPlace BucketPeers<Address>::oldest(const Slot& newcomer, std::uint64_t hash, Seconds now,
                                       Random& random) const {
  DCHECK(peer_count() > 0);
  std::uint32_t index = is_full_for(hash) ? bucket_of(hash) : random.below(bucket_count());
  while (buckets_[index].peer_count() == 0) index = (index + 1) % bucket_count();
  return {index, buckets_[index].oldest(newcomer, hash, now, random).position};
}

template <class Address>
bool BucketPeers<Address>::expire_some(PeerPlace& end, Seconds now, Seconds max_age_s,
                                       const SwarmContext& context) {
  end.bucket = std::min(end.bucket, bucket_count() - 1);
  ListPeers<Address>& bucket = buckets_[end.bucket];
  peer_count_ -= bucket.peer_count();
  const bool more = bucket.expire_some(end, now, max_age_s, context, bucket_count());
  peer_count_ += bucket.peer_count();
  count(end.bucket);
  if (more) return true;
  if (end.bucket > 0) {
    --end.bucket;
    return true;
  }
  if (bucket_count() == 1 || peer_count() >= bucket_count() * peers_per_bucket_min) return false;
  return remove_bucket(context);  // and look whether there is another bucket too many
}

// Who is surplus stays so, wherever it goes.
template <class Address>
void BucketPeers<Address>::add_bucket(const SwarmContext& context) {
  const std::uint32_t added = bucket_count();
  append({});
  ListPeers<Address>& source = buckets_[source_of(added)];
  struct Half {
    std::vector<Slot> peers;
    std::uint32_t surplus_count = 0;
  };
  Half staying;
  Half going;
  for (Half* half : {&staying, &going}) half->peers.reserve(source.peer_count());
  std::uint32_t fair_left = source.pool_of(PeerKind::leecher);
  source.visit(0, source.peer_count(), [&](std::span<const Slot> peers) {
    for (const Slot& peer : peers) {
      Half& half = bucket_of(peer_hash(peer, context)) == added ? going : staying;
      half.peers.push_back(peer);
      if (fair_left == 0) {
        ++half.surplus_count;
      } else {
        --fair_left;
      }
    }
  });
  source = ListPeers<Address>(staying.peers, staying.surplus_count, context);
  buckets_[added] = ListPeers<Address>(going.peers, going.surplus_count, context);
  sum(source_of(added));
  count(added);
}

// False if there is no room for the peers of the last one where they came from.
template <class Address>
bool BucketPeers<Address>::remove_bucket(const SwarmContext& context) {
  const ListPeers<Address>& last = buckets_.back();
  const std::uint32_t target_index = source_of(bucket_count() - 1);
  const ListPeers<Address>& target = buckets_[target_index];
  if (target.peer_count() + last.peer_count() > ListPeers<Address>::peers_max) return false;
  if (target.surplus_count() + last.surplus_count() > ListPeers<Address>::surplus_max) return false;
  std::vector<Slot> joined;
  joined.reserve(target.peer_count() + last.peer_count());
  const auto take = [&joined](std::span<const Slot> peers) {
    joined.insert(joined.end(), peers.begin(), peers.end());
  };
  for (const auto* list : {&target, &last}) list->visit(0, list->pool_of(PeerKind::leecher), take);
  for (const auto* list : {&target, &last}) {
    list->visit(list->pool_of(PeerKind::leecher), list->surplus_count(), take);
  }
  const std::uint32_t surplus_count = target.surplus_count() + last.surplus_count();
  buckets_.pop_back();
  pools_.pop_back();
  downloaders_.pop_back();
  seeders_.pop_back();
  buckets_[target_index] = ListPeers<Address>(joined, surplus_count, context);
  count(target_index);
  return true;
}

template <class Address>
void BucketPeers<Address>::check_counts() const {
  std::uint32_t peer_count = 0;
  for (std::uint32_t index = 0; index < bucket_count(); ++index) {
    const ListPeers<Address>& bucket = buckets_[index];
    CHECK(pools_.at(index) == bucket.pool_of(PeerKind::leecher));
    CHECK(downloaders_.at(index) == bucket.pool_of(PeerKind::seeder));
    CHECK(seeders_.at(index) == bucket.seeder_count());
    peer_count += bucket.peer_count();
  }
  CHECK(peer_count == peer_count_);
}

template <class Address>
void BucketPeers<Address>::check_invariants(const SwarmContext& context) const {
  check_counts();
  for (std::uint32_t index = 0; index < bucket_count(); ++index) {
    const ListPeers<Address>& bucket = buckets_[index];
    bucket.check_invariants(context);
    bucket.visit(0, bucket.peer_count(), [&](std::span<const Slot> peers) {
      for (const Slot& peer : peers) CHECK(bucket_of(peer_hash(peer, context)) == index);
    });
  }
}

template class BucketPeers<Ipv4Address>;
template class BucketPeers<Ipv6Address>;

}  // namespace gyre::swarm
