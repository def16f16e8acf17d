#include "common/swarm/large_swarm.hpp"

#include <algorithm>
#include <memory>

#include "common/base/check.hpp"
#include "common/base/prefetch.hpp"
#include "common/swarm/sample.hpp"

namespace gyre::swarm {
namespace {

// On average. Parts that have not been cut lately have up to twice as many, and all parts differ
// by chance; a list holds many times that. To cut one takes a part of a millisecond.
constexpr std::uint32_t part_peers_max = 2'500;
constexpr std::uint32_t part_peers_min = 1'000;
static_assert(5 * part_peers_max < PeerIndex::capacity_max);

// Each run may be in another part, and to find it takes as long as to copy it. Neighbours have
// nothing in common but the part, since lists keep peers in no order.
constexpr std::uint32_t run_length_in_parts_max = 50;

constexpr std::uint32_t peers_per_expiry = 1024;
constexpr std::uint32_t peers_per_eviction = 64;

}  // namespace

template <class Address>
LargeSwarm<Address>::LargeSwarm(std::span<const Slot> peers, const SwarmContext& context) {
  DCHECK(peers.size() <= part_peers_max);
  new (storage_.data()) Part;
  only_part().assign(peers, context);
}

template <class Address>
LargeSwarm<Address>::LargeSwarm(LargeSwarm&& other) noexcept : storage_(other.storage_) {
  new (other.storage_.data()) Part;  // the other one's bytes are here now
}

template <class Address>
LargeSwarm<Address>::~LargeSwarm() {
  if (has_one_part()) {
    std::destroy_at(&only_part());
  } else {
    delete &parts();
  }
}

template <class Address>
std::optional<PeerPlace> LargeSwarm<Address>::find(const Slot& peer, std::uint64_t hash) const {
  const std::uint32_t index = part_of(hash);
  const auto position = part(index).find(peer, static_cast<std::uint32_t>(hash));
  if (!position) return std::nullopt;
  return PeerPlace{index, *position};
}

template <class Address>
void LargeSwarm<Address>::insert(const Slot& peer, std::uint64_t hash,
                                 const SwarmContext& context) {
  std::uint32_t index = part_of(hash);
  if (part(index).peer_count() > part_peers_max && peer_count() > part_count() * part_peers_max) {
    add_part(context);
    index = part_of(hash);
  }
  const PartCounts before = PartCounts::of(part(index));
  part(index).insert(peer, static_cast<std::uint32_t>(hash), context);
  count_change(index, before);
}

template <class Address>
void LargeSwarm<Address>::erase(PeerPlace place, const SwarmContext& context) {
  const PartCounts before = PartCounts::of(part(place.part));
  Part& part = this->part(place.part);
  part.erase(place.position, context);
  if (part.is_sparse()) part.shrink(context);
  count_change(place.part, before);
}

template <class Address>
PeerPlace LargeSwarm<Address>::replace(PeerPlace place, std::uint64_t hash, PeerState state,
                                       const SwarmContext& context) {
  const PartCounts before = PartCounts::of(part(place.part));
  const std::uint32_t position =
      part(place.part).replace(place.position, static_cast<std::uint32_t>(hash), state, context);
  count_change(place.part, before);
  return {place.part, position};
}

template <class Address>
void LargeSwarm<Address>::count_change(std::uint32_t index, const PartCounts& before) {
  if (!has_one_part()) parts().count_change(index, before);
}

template <class Address>
void LargeSwarm<Address>::add_part(const SwarmContext& context) {
  if (has_one_part()) {
    Part first = std::move(only_part());
    std::destroy_at(&only_part());
    store(new Parts(std::move(first)));
  }
  parts().add(context);
}

template <class Address>
bool LargeSwarm<Address>::remove_part(const SwarmContext& context) {
  if (!parts().remove(context)) return false;
  if (part_count() == 1) {
    const std::unique_ptr<Parts> left(&parts());
    new (storage_.data()) Part(std::move((*left)[0]));
  }
  return true;
}

template <class Address>
std::uint32_t LargeSwarm<Address>::choose_peers(std::optional<PeerPlace> self, bool only_wanting,
                                                std::uint32_t wanted, Random& random,
                                                std::byte* compact_peers) const {
  std::byte* out = compact_peers;
  const auto copy = [&out](std::span<const Slot> peers) { out = write_compact(out, peers); };
  return visit_sample(self, only_wanting, wanted, random, copy);
}

template <class Address>
template <class Visit>
std::uint32_t LargeSwarm<Address>::visit_sample(std::optional<PeerPlace> self, bool only_wanting,
                                                std::uint32_t wanted, Random& random,
                                                Visit visit) const {
  if (!has_one_part()) return visit_sample_of_parts(self, only_wanting, wanted, random, visit);
  const Part& part = only_part();
  const std::uint32_t pool = pool_of(part, only_wanting);
  std::optional<std::uint32_t> excluded;
  if (self && self->position < pool) excluded = self->position;
  const auto visit_run = [peers = part.peers(), visit](std::uint32_t first, std::uint32_t length) {
    peers.visit(first, length, visit);
  };
  return sample_runs(pool, excluded, wanted, random, visit_run);
}

// The parts, or the beginnings of the parts, are one array to sample_runs(), which is cut up again.
template <class Address>
template <class Visit>
std::uint32_t LargeSwarm<Address>::visit_sample_of_parts(std::optional<PeerPlace> self,
                                                         bool only_wanting, std::uint32_t wanted,
                                                         Random& random, Visit visit) const {
  const Parts& parts = this->parts();
  const PartSums& sums = parts.sums(only_wanting);
  std::optional<std::uint32_t> excluded;
  if (self && self->position < pool_of(parts[self->part], only_wanting)) {
    excluded = sums.before(self->part) + self->position;
  }
  const auto visit_run = [&](std::uint32_t first, std::uint32_t length) {
    while (length > 0) {
      const auto [index, position] = sums.find(first);
      const Part& part = parts[index];
      const std::uint32_t here = std::min(length, pool_of(part, only_wanting) - position);
      part.peers().visit(position, here, visit);
      first += here;
      length -= here;
    }
  };
  return sample_runs(sums.total(), excluded, wanted, random, visit_run, run_length_in_parts_max);
}

template <class Address>
void LargeSwarm<Address>::prefetch(const Slot& peer, std::uint64_t hash, std::uint32_t wanted,
                                   Random random) const {
  part(part_of(hash)).prefetch(static_cast<std::uint32_t>(hash));
  const auto prefetch = [](std::span<const Slot> peers) {
    gyre::prefetch(peers.data(), peers.size_bytes());
  };
  visit_sample(std::nullopt, !peer.wants_data(), wanted, random, prefetch);
}

template <class Address>
typename LargeSwarm<Address>::SameAddress LargeSwarm<Address>::same_address(
    const Slot& peer, Seconds now, const SwarmContext& context) const {
  SameAddress same;
  for (std::uint32_t which = 0; which < hashes_per_subscriber; ++which) {
    const std::uint64_t hash = subscriber_hash(peer, which, context);
    const std::uint32_t index = part_of(hash);
    const Part& part = this->part(index);
    const auto peers = part.peers();
    part.visit_neighbours(static_cast<std::uint32_t>(hash), [&](std::uint32_t position) {
      const Slot& other = peers[position];
      // Another of the hashes may be near: each peer counts under its own.
      if (!other.same_subscriber(peer) || peer_hash(other, context) != hash) return;
      same.add({index, position}, other.state.age_ticks(now));
    });
  }
  return same;
}

template <class Address>
PeerPlace LargeSwarm<Address>::oldest(Seconds now, Random& random) const {
  std::uint32_t index = random.below(part_count());
  while (part(index).peer_count() == 0) index = (index + 1) % part_count();
  return oldest_of(index, now, random);
}

template <class Address>
std::optional<PeerPlace> LargeSwarm<Address>::oldest_of_full_part(std::uint64_t hash, Seconds now,
                                                                  Random& random) const {
  const std::uint32_t index = part_of(hash);
  if (part(index).peer_count() < Part::peers_max) return std::nullopt;
  return oldest_of(index, now, random);
}

template <class Address>
PeerPlace LargeSwarm<Address>::oldest_of(std::uint32_t index, Seconds now, Random& random) const {
  const Part& part = this->part(index);
  const auto peers = part.peers();
  const std::uint32_t count = part.peer_count();
  PeerPlace oldest{index, random.below(count)};
  sample_runs(count, std::nullopt, peers_per_eviction, random,
              [&](std::uint32_t first, std::uint32_t length) {
                for (std::uint32_t i = first; i < first + length; ++i) {
                  const unsigned age = peers[i].state.age_ticks(now);
                  if (age > peers[oldest.position].state.age_ticks(now)) oldest.position = i;
                }
              });
  return oldest;
}

template <class Address>
bool LargeSwarm<Address>::expire_some(ExpiryPosition& position, Seconds now, Seconds max_age_s,
                                      const SwarmContext& context) {
  position.parts_left = std::min(position.parts_left, part_count());
  const std::uint32_t index = position.parts_left - 1;
  const PartCounts before = PartCounts::of(part(index));
  Part& part = this->part(index);
  // Downwards, so that erasing brings only peers that have been looked at into the rest.
  std::uint32_t left = std::min(position.peers_left, part.peer_count());
  const std::uint32_t end = left - std::min(left, peers_per_expiry);
  for (; left > end; --left) {
    if (!part.peers()[left - 1].state.expired(now, max_age_s)) continue;
    part.erase(left - 1, context);
    context.budget->give_peers(1);
  }
  count_change(index, before);
  position.peers_left = left;
  if (left > 0) return true;
  part.shrink(context);
  position.peers_left = ~std::uint32_t{0};
  if (--position.parts_left > 0) return true;
  if (has_one_part() || peer_count() >= part_count() * part_peers_min) return false;
  position.parts_left = 1;  // and look whether there is another part too many
  return remove_part(context);
}

template <class Address>
void LargeSwarm<Address>::copy_peers(Slot* out) const {
  const auto copy = [&out](std::span<const Slot> peers) {
    out = std::ranges::copy(peers, out).out;
  };
  for (const bool wanting : {true, false}) {
    for (std::uint32_t i = 0; i < part_count(); ++i) {
      const Part& part = this->part(i);
      const std::uint32_t border = part.wanting_count();
      wanting ? part.peers().visit(0, border, copy)
              : part.peers().visit(border, part.peer_count() - border, copy);
    }
  }
}

template class LargeSwarm<Ipv4Address>;
template class LargeSwarm<Ipv6Address>;

}  // namespace gyre::swarm
