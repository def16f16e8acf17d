#include "common/swarm/large_swarm.hpp"

#include <algorithm>
#include <bit>
#include <memory>

#include "common/check.hpp"
#include "common/swarm/sample.hpp"

namespace gyre::swarm {
namespace {

// On average. Parts that have not been cut lately have up to twice as many, and all parts differ
// by chance; a list holds several times that.
constexpr std::uint32_t part_peers_max = 12'000;
constexpr std::uint32_t part_peers_min = 5'000;
static_assert(5 * part_peers_max < PeerIndex::capacity_max);

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

// By the upper half of the hash, as the lists go by the lower one.
template <class Address>
std::uint32_t LargeSwarm<Address>::part_of(std::uint64_t hash) const {
  if (has_one_part()) return 0;
  const std::uint32_t parts_ceil = std::bit_ceil(part_count());
  const std::uint32_t index = static_cast<std::uint32_t>(hash >> 32) & (parts_ceil - 1);
  return index < part_count() ? index : index - parts_ceil / 2;
}

template <class Address>
std::optional<PeerPlace> LargeSwarm<Address>::find(const Slot& peer,
                                                   const SwarmContext& context) const {
  const std::uint64_t hash = peer_hash(peer, context);
  const std::uint32_t index = part_of(hash);
  const auto position = part(index).find(peer, static_cast<std::uint32_t>(hash));
  if (!position) return std::nullopt;
  return PeerPlace{index, *position};
}

template <class Address>
void LargeSwarm<Address>::insert(const Slot& peer, const SwarmContext& context) {
  const std::uint64_t hash = peer_hash(peer, context);
  if (part(part_of(hash)).peer_count() > part_peers_max &&
      peer_count() > part_count() * part_peers_max) {
    add_part(context);
  }
  part(part_of(hash)).insert(peer, static_cast<std::uint32_t>(hash), context);
}

template <class Address>
void LargeSwarm<Address>::erase(PeerPlace place, const SwarmContext& context) {
  Part& part = this->part(place.part);
  part.erase(place.position, context);
  if (part.is_sparse()) part.shrink(context);
}

template <class Address>
PeerPlace LargeSwarm<Address>::replace(PeerPlace place, PeerState state,
                                       const SwarmContext& context) {
  return {place.part, part(place.part).replace(place.position, state, context)};
}

template <class Address>
void LargeSwarm<Address>::add_part(const SwarmContext& context) {
  if (has_one_part()) {
    auto* const parts = new Parts;
    parts->push_back(std::move(only_part()));
    std::destroy_at(&only_part());
    store(parts);
  }
  const std::uint32_t added = part_count();
  parts().emplace_back();
  Part& source = part(added - std::bit_ceil(added + 1) / 2);
  std::vector<Slot> staying;
  std::vector<Slot> going;
  staying.reserve(source.peer_count());
  going.reserve(source.peer_count());
  for (const Slot& peer : source.peers()) {
    (part_of(peer_hash(peer, context)) == added ? going : staying).push_back(peer);
  }
  source.assign(staying, context);
  part(added).assign(going, context);
}

// The last part goes back to where it came from, if there is room for it.
template <class Address>
bool LargeSwarm<Address>::remove_part(const SwarmContext& context) {
  const std::uint32_t last = part_count() - 1;
  Part& target = part(last - std::bit_ceil(last + 1) / 2);
  const auto stay = target.peers();
  const auto come = part(last).peers();
  if (stay.size() + come.size() > Part::peers_max) return false;
  std::vector<Slot> peers(stay.begin(), stay.end());
  peers.insert(peers.end(), come.begin(), come.end());
  target.assign(peers, context);
  parts().pop_back();
  if (part_count() == 1) {
    const std::unique_ptr<Parts> left(&parts());
    new (storage_.data()) Part(std::move(left->front()));
  }
  return true;
}

// The parts, or the beginnings of the parts, are one array to sample_runs(), which is cut up again
// for copying.
template <class Address>
std::uint32_t LargeSwarm<Address>::choose_peers(std::optional<PeerPlace> self, bool only_wanting,
                                                std::uint32_t wanted, Random& random,
                                                std::byte* compact_peers) const {
  const auto pool_of = [only_wanting](const Part& part) {
    return only_wanting ? part.wanting_count() : part.peer_count();
  };
  std::uint32_t pool = 0;
  std::optional<std::uint32_t> excluded;
  for (std::uint32_t i = 0; i < part_count(); ++i) {
    const std::uint32_t part_pool = pool_of(part(i));
    if (self && self->part == i && self->position < part_pool) excluded = pool + self->position;
    pool += part_pool;
  }
  std::byte* out = compact_peers;
  // Runs come in rising order, but for one that begins anew: where the last one began is kept.
  std::uint32_t begun_index = 0;
  std::uint32_t begun_base = 0;  // candidates in the parts before it
  const auto copy_run = [&](std::uint32_t first, std::uint32_t length) {
    if (first < begun_base) begun_index = begun_base = 0;
    for (; first - begun_base >= pool_of(part(begun_index)); ++begun_index) {
      begun_base += pool_of(part(begun_index));
    }
    std::uint32_t index = begun_index;
    for (first -= begun_base; length > 0; ++index, first = 0) {
      const Part& part = this->part(index);
      const std::uint32_t here = std::min(length, pool_of(part) - first);
      out = write_compact<Address>(out, part.peers().subspan(first, here));
      length -= here;
    }
  };
  return sample_runs(pool, excluded, wanted, random, copy_run);
}

template <class Address>
void LargeSwarm<Address>::prefetch(const Slot& peer, std::uint32_t wanted, Random random,
                                   const SwarmContext& context) const {
  if (!has_one_part()) return;
  const Part& part = only_part();
  part.prefetch(static_cast<std::uint32_t>(peer_hash(peer, context)));
  const std::uint32_t pool = peer.wants_data() ? part.peer_count() : part.wanting_count();
  const auto* const slots = reinterpret_cast<const char*>(part.peers().data());
  sample_runs(
      pool, std::nullopt, wanted, random, [slots](std::uint32_t first, std::uint32_t length) {
        const char* const last = slots + (first + length) * sizeof(Slot) - 1;
        for (const char* at = slots + first * sizeof(Slot); at < last; at += cache_line_size) {
          __builtin_prefetch(at);
        }
        __builtin_prefetch(last);
      });
}

template <class Address>
typename LargeSwarm<Address>::SameAddress LargeSwarm<Address>::same_address(
    const Slot& peer, Seconds now, const SwarmContext& context) const {
  SameAddress same;
  for (std::uint32_t which = 0; which < hashes_per_subscriber; ++which) {
    const std::uint64_t hash = subscriber_hash(peer, which, context);
    const std::uint32_t index = part_of(hash);
    const auto peers = part(index).peers();
    part(index).visit_neighbours(static_cast<std::uint32_t>(hash), [&](std::uint32_t position) {
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
std::optional<PeerPlace> LargeSwarm<Address>::oldest_of_full_part(
    const Slot& peer, Seconds now, Random& random, const SwarmContext& context) const {
  const std::uint32_t index = part_of(peer_hash(peer, context));
  if (part(index).peer_count() < Part::peers_max) return std::nullopt;
  return oldest_of(index, now, random);
}

template <class Address>
PeerPlace LargeSwarm<Address>::oldest_of(std::uint32_t index, Seconds now, Random& random) const {
  const auto peers = part(index).peers();
  const auto count = static_cast<std::uint32_t>(peers.size());
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
  Part& part = this->part(position.parts_left - 1);
  // Downwards, so that erasing brings only peers that have been looked at into the rest.
  std::uint32_t left = std::min(position.peers_left, part.peer_count());
  const std::uint32_t end = left - std::min(left, peers_per_expiry);
  for (; left > end; --left) {
    if (!part.peers()[left - 1].state.expired(now, max_age_s)) continue;
    part.erase(left - 1, context);
    context.budget->give_peers(1);
  }
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
  for (const bool wanting : {true, false}) {
    for (std::uint32_t i = 0; i < part_count(); ++i) {
      const auto peers = part(i).peers();
      const std::uint32_t border = part(i).wanting_count();
      out = std::ranges::copy(wanting ? peers.first(border) : peers.subspan(border), out).out;
    }
  }
}

template class LargeSwarm<Ipv4Address>;
template class LargeSwarm<Ipv6Address>;

}  // namespace gyre::swarm
