#include "common/swarm/list_peers.hpp"

#include <algorithm>
#include <utility>

#include "common/base/check.hpp"
#include "common/base/prefetch.hpp"
#include "common/swarm/sample.hpp"
#include "common/swarm/shares.hpp"

namespace gyre::swarm {
namespace {

constexpr std::uint32_t peers_per_expiry = 1024;
constexpr std::uint32_t peers_per_eviction = 64;

}  // namespace

template <class Address>
ListPeers<Address>::ListPeers(std::span<const Slot> peers, std::uint32_t surplus_count,
                              const SwarmContext& context)
    : memory_(PeerMemory<Address>::capacity_for(static_cast<std::uint32_t>(peers.size()))) {
  CHECK(peers.size() <= peers_max);
  const auto count = static_cast<std::uint32_t>(peers.size());
  for (std::uint32_t position = 0; position < count; ++position) memory_.reserve(position);
  const auto move = [this](std::uint32_t from, std::uint32_t to) { memory_[to] = memory_[from]; };
  for (const Slot& peer : peers.first(count - surplus_count)) {
    memory_[order_.insert(peer.state.kind(), move)] = peer;
  }
  for (const Slot& peer : peers.last(surplus_count)) {
    memory_[peer_count()] = peer;
    count_surplus(peer);
  }
  fill_index(context);
  check_after_change(context);
}

// What this one had goes with the other.
template <class Address>
ListPeers<Address>& ListPeers<Address>::operator=(ListPeers&& other) noexcept {
  memory_ = std::move(other.memory_);
  std::swap(order_, other.order_);
  const std::uint16_t surplus_count = surplus_count_;
  surplus_count_ = other.surplus_count_;
  other.surplus_count_ = surplus_count & surplus_max;
  must_rebalance_ = other.must_rebalance_;
  return *this;
}

template <class Address>
std::uint32_t ListPeers<Address>::hash_at(std::uint32_t position,
                                          const SwarmContext& context) const {
  return lower_half(peer_hash(memory_[position], context));
}

template <class Address>
std::optional<PeerPlace> ListPeers<Address>::find(const Slot& peer, std::uint64_t hash) const {
  const auto position = memory_.index().find(
      lower_half(hash), [this, &peer](std::uint32_t at) { return memory_[at].same_peer(peer); });
  if (!position) return std::nullopt;
  return PeerPlace{0, *position};
}

template <class Address>
void ListPeers<Address>::insert(const Slot& peer, std::uint64_t hash, const SwarmContext& context,
                                std::uint32_t list_count) {
  CHECK(peer_count() < peers_max);
  if (peer_count() == memory_.capacity()) {
    change_capacity(memory_.capacity_for(peer_count() + 1), context);
  }
  memory_.reserve(peer_count());
  if (peer_count() == shared_by_all_max) must_rebalance_ = 1;  // from here on shares matter
  const std::uint32_t end = peer_count();
  std::uint32_t position = end;
  if (end < shared_by_all_max || surplus_count_ == surplus_max ||
      ListShares(*this, list_count, context).may_come(peer, lower_half(hash))) {
    const auto move = [&](std::uint32_t from, std::uint32_t to) {
      this->move(from, to, hash_at(from, context));
    };
    if (surplus_count_ > 0) move(order_.peers, end);
    const std::uint32_t free = order_.insert(peer.state.kind(), move);
    position = random_position(peer.state.kind(), lower_half(hash));
    if (position != free) move(position, free);
  } else {
    count_surplus(peer);
  }
  memory_[position] = peer;
  memory_.index().insert(lower_half(hash), position);
  // Counting a few is cheap, and here one party may have had all until now.
  if (must_rebalance_ != 0 && end >= shared_by_all_max && end < 2 * shared_by_all_max) {
    ListShares(*this, list_count, context).settle();
  }
  check_after_change(context);
}

template <class Address>
void ListPeers<Address>::erase(PeerPlace place, const SwarmContext& context) {
  remove(place.position, context);
  if (peer_count() < memory_.capacity() / 2) shrink(context);
  check_after_change(context);
}

template <class Address>
void ListPeers<Address>::remove(std::uint32_t position, const SwarmContext& context) {
  const auto hash_at = [&](std::uint32_t other) { return this->hash_at(other, context); };
  const auto move = [&](std::uint32_t from, std::uint32_t to) {
    this->move(from, to, hash_at(from));
  };
  memory_.index().erase(hash_at(position), position, hash_at);
  const PeerKind kind = memory_[position].state.kind();
  if (position < order_.peers) {
    order_.erase(position, kind, move);
    position = order_.peers;
    note_fewer(order_.peers);
    note_fewer(order_.downloaders);
  } else {
    --surplus_count_;
    if (kind == PeerKind::seeder) --order_.seeders;
  }
  if (position != peer_count()) move(peer_count(), position);
  memory_.release(peer_count());
}

template <class Address>
PeerPlace ListPeers<Address>::set_state(PeerPlace place, std::uint64_t hash, PeerState state,
                                        const SwarmContext& context, std::uint32_t list_count) {
  DCHECK(lower_half(hash) == hash_at(place.position, context));
  const std::uint32_t position = place.position;
  if (position >= order_.peers) return set_surplus_state(position, state);
  Slot peer = memory_[position];
  const PeerKind before = peer.state.kind();
  const bool changes_sides = is_downloader(before) != is_downloader(state.kind());
  if (changes_sides && is_downloader(state.kind()) && peer_count() > shared_by_all_max &&
      surplus_count_ < surplus_max &&
      !ListShares(*this, list_count, context).may_download(peer, lower_half(hash))) {
    return set_surplus_state(ListShares(*this, list_count, context).make_surplus(position), state);
  }
  peer.state = state;
  memory_[position].state = state;
  const std::uint32_t border = order_.change(position, before, state.kind());
  if (!changes_sides) return place;
  note_fewer(order_.downloaders);
  // Who is at the border comes to where this one was, and who is at its new place to the border.
  const std::uint32_t to = random_position(state.kind(), lower_half(hash));
  const std::uint32_t hash_at_border = hash_at(border, context);
  const std::uint32_t hash_at_place = hash_at(to, context);
  if (border != position) move(border, position, hash_at_border);
  if (to != border) move(to, border, hash_at_place);
  memory_.index().move(lower_half(hash), position, to);
  memory_[to] = peer;
  check_after_change(context);
  return {0, to};
}

template <class Address>
PeerPlace ListPeers<Address>::set_surplus_state(std::uint32_t position, PeerState state) {
  DCHECK(position >= order_.peers);
  const PeerKind before = std::exchange(memory_[position].state, state).kind();
  if (before == PeerKind::seeder) --order_.seeders;
  if (state.kind() == PeerKind::seeder) ++order_.seeders;
  return {0, position};
}

// A position among the peers of that kind, itself included, that nobody can choose. Peers of one
// hash, as those of one address can be, get others each time, since the counts have changed.
template <class Address>
std::uint32_t ListPeers<Address>::random_position(PeerKind kind, std::uint32_t hash) const {
  Random random(std::uint64_t{hash} << 32 | std::uint64_t{order_.downloaders} << 16 | order_.peers);
  if (is_downloader(kind)) return random.below(order_.downloaders);
  return order_.downloaders + random.below(std::uint32_t{order_.peers} - order_.downloaders);
}

// Moves a peer of that hash to where none is counted.
template <class Address>
void ListPeers<Address>::move(std::uint32_t from, std::uint32_t to, std::uint32_t hash) {
  memory_.index().move(hash, from, to);
  memory_[to] = memory_[from];
}

template <class Address>
template <class Visit>
std::uint32_t ListPeers<Address>::visit_sample(std::optional<PeerPlace> self, PeerKind kind,
                                               std::uint32_t wanted, Random& random,
                                               Visit visit) const {
  const std::uint32_t pool = pool_of(kind);
  std::optional<std::uint32_t> excluded;
  if (self && self->position < pool) excluded = self->position;
  return sample_runs(pool, excluded, wanted, random,
                     [this, visit](std::uint32_t first, std::uint32_t length) {
                       memory_.visit(first, length, visit);
                     });
}

template <class Address>
std::uint32_t ListPeers<Address>::sample(std::optional<PeerPlace> self, PeerKind kind,
                                         std::uint32_t wanted, Random& random,
                                         std::byte* compact_peers) const {
  // Its runs are copied without a function call for each, which takes 15 % less time
  // (sample_swarm/60/50).
  if (!memory_.has_blocks()) {
    return sample_array<Address>({memory_.only_slots(), pool_of(kind)}, self, wanted, random,
                                 compact_peers);
  }
  return visit_sample(self, kind, wanted, random, [&compact_peers](std::span<const Slot> peers) {
    compact_peers = write_compact<Address>(compact_peers, peers);
  });
}

template <class Address>
void ListPeers<Address>::prefetch(const Slot& peer, std::uint64_t hash, std::uint32_t wanted,
                                  Random random) const {
  prefetch_index(hash);
  visit_sample(std::nullopt, peer.state.kind(), wanted, random, [](std::span<const Slot> peers) {
    gyre::prefetch(peers.data(), peers.size_bytes());
  });
}

// Of some peers at random.
template <class Address>
PeerPlace ListPeers<Address>::oldest(const Slot& newcomer, std::uint64_t, Seconds now,
                                     Random& random) const {
  DCHECK(peer_count() > 0);
  EvictionChoice<Address> choice(newcomer, now);
  const std::uint32_t first = random.below(peer_count());  // of those of one age
  choice.add(first, memory_[first]);
  sample_runs(peer_count(), std::nullopt, peers_per_eviction, random,
              [&](std::uint32_t begin, std::uint32_t length) {
                for (std::uint32_t i = begin; i < begin + length; ++i) choice.add(i, memory_[i]);
              });
  return {0, choice.position()};
}

template <class Address>
bool ListPeers<Address>::expire_some(PeerPlace& end, Seconds now, Seconds max_age_s,
                                     const SwarmContext& context, std::uint32_t list_count) {
  // Downwards, so that erasing brings only peers that have been looked at into the rest.
  std::uint32_t left = std::min(end.position, peer_count());
  const std::uint32_t stop = left - std::min(left, peers_per_expiry);
  for (; left > stop; --left) {
    if (!memory_[left - 1].state.expired(now, max_age_s)) continue;
    remove(left - 1, context);
    context.budget.give_peers(1);
  }
  end.position = left;
  if (left > 0) return true;
  end.position = PeerPlace::end().position;
  ListShares(*this, list_count, context).settle();
  shrink(context);
  check_after_change(context);
  return false;
}

template <class Address>
void ListPeers<Address>::shrink(const SwarmContext& context) {
  if (peer_count() >= memory_.capacity() - memory_.capacity() / 4) return;
  const std::uint32_t capacity = memory_.capacity_for(peer_count());
  if (capacity < memory_.capacity()) change_capacity(capacity, context);
}

template <class Address>
void ListPeers<Address>::change_capacity(std::uint32_t capacity, const SwarmContext& context) {
  DCHECK(capacity >= peer_count());
  PeerMemory<Address> other(capacity);
  other.take_slots(memory_, peer_count());
  memory_ = std::move(other);
  fill_index(context);
}

template <class Address>
void ListPeers<Address>::fill_index(const SwarmContext& context) {
  PeerIndex index = memory_.index();
  for (std::uint32_t position = 0; position < peer_count(); ++position) {
    index.insert(hash_at(position, context), position);
  }
}

template <class Address>
void ListPeers<Address>::check_after_change(const SwarmContext& context) const {
  DCHECK(peer_count() <= memory_.capacity());
  DCHECK(order_.downloaders + seeder_count() <= peer_count());
  DCHECK_SAMPLED(peer_count(), check_invariants(context));
}

template <class Address>
void ListPeers<Address>::check_invariants(const SwarmContext& context) const {
  order_.check_invariants([this](std::uint32_t at) { return memory_[at].state.kind(); },
                          surplus_count_);
  memory_.index().check_invariants(
      peer_count(), [&](std::uint32_t position) { return hash_at(position, context); });
  for (std::uint32_t position = 0; position < peer_count(); ++position) {
    const auto place = find(memory_[position], hash_at(position, context));
    CHECK(place && place->position == position);
  }
}

template class ListPeers<Ipv4Address>;
template class ListPeers<Ipv6Address>;

}  // namespace gyre::swarm
