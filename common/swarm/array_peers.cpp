#include "common/swarm/array_peers.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/base/check.hpp"
#include "common/base/prefetch.hpp"
#include "common/swarm/sample.hpp"

namespace gyre::swarm {

template <class Address>
std::optional<PeerPlace> ArrayPeers<Address>::find(const Slot& peer, std::uint64_t) const {
  const auto peers = this->peers();
  for (std::uint32_t position = 0; position < peers.size(); ++position) {
    if (peers[position].same_peer(peer)) return PeerPlace{0, position};
  }
  return std::nullopt;
}

template <class Address>
void ArrayPeers<Address>::insert(const Slot& peer, std::uint64_t, const SwarmContext&) {
  DCHECK(peer_count() < peers_max);
  Slot* const slots = resize(peer_count(), peer_count() + 1);
  const auto move = [slots](std::uint32_t from, std::uint32_t to) { slots[to] = slots[from]; };
  slots[order_.insert(peer.state.kind(), move)] = peer;
  DCHECK(find(peer, 0));
}

template <class Address>
void ArrayPeers<Address>::erase(PeerPlace place, const SwarmContext&) {
  Slot* const slots = this->slots(peer_count());
  const auto move = [slots](std::uint32_t from, std::uint32_t to) { slots[to] = slots[from]; };
  order_.erase(place.position, slots[place.position].state.kind(), move);
  resize(peer_count() + 1, peer_count());
}

template <class Address>
PeerPlace ArrayPeers<Address>::set_state(PeerPlace place, std::uint64_t, PeerState state,
                                         const SwarmContext&) {
  Slot* const slots = this->slots(peer_count());
  Slot& peer = slots[place.position];
  const PeerKind before = std::exchange(peer.state, state).kind();
  const std::uint32_t position = order_.change(place.position, before, state.kind());
  std::swap(peer, slots[position]);
  return {0, position};
}

template <class Address>
std::uint32_t ArrayPeers<Address>::sample(std::optional<PeerPlace> self, PeerKind kind,
                                          std::uint32_t wanted, Random& random,
                                          std::byte* compact_peers) const {
  return sample_array(peers().first(order_.pool_of(kind)), self, wanted, random, compact_peers);
}

template <class Address>
void ArrayPeers<Address>::prefetch(const Slot&, std::uint64_t, std::uint32_t, Random) const {
  if (peer_count() > inline_max) gyre::prefetch(slots(), peer_count() * sizeof(Slot));
}

template <class Address>
PeerPlace ArrayPeers<Address>::oldest(const Slot& newcomer, std::uint64_t, Seconds now,
                                      Random&) const {
  EvictionChoice<Address> choice(newcomer, now);
  for (std::uint32_t i = 0; i < peer_count(); ++i) choice.add(i, peers()[i]);
  return {0, choice.position()};
}

template <class Address>
bool ArrayPeers<Address>::expire_some(PeerPlace&, Seconds now, Seconds max_age_s,
                                      const SwarmContext& context) {
  // Downwards, so that erasing brings only peers that have been looked at into the rest.
  const Slot* slots = this->slots();
  for (std::uint32_t left = peer_count(); left > 0; --left) {
    if (!slots[left - 1].state.expired(now, max_age_s)) continue;
    erase({0, left - 1}, context);
    slots = this->slots();
    context.budget.give_peers(1);
  }
  return false;
}

template <class Address>
void ArrayPeers<Address>::check_invariants(const SwarmContext&) const {
  CHECK(peer_count() <= peers_max);
  order_.check_invariants(
      [this](std::uint32_t position) { return peers()[position].state.kind(); });
  for (std::uint32_t position = 0; position < peer_count(); ++position) {
    CHECK(find(peers()[position], 0)->position == position);
  }
}

template <class Address>
std::uint32_t ArrayPeers<Address>::capacity_for(std::uint32_t peers) {
  return peers <= inline_max ? inline_max : (peers + 3) / 4 * 4;
}

template <class Address>
PeerSlot<Address>* ArrayPeers<Address>::slots(std::uint32_t peers) {
  static_assert(alignof(Slot) <= alignof(std::uint32_t));
  if (peers <= inline_max) return reinterpret_cast<Slot*>(storage_.data());
  Slot* slots = nullptr;
  std::memcpy(&slots, storage_.data(), sizeof slots);
  return slots;
}

// Returns memory for `to` peers, in which are those of the memory for `from` that there are in
// both.
template <class Address>
PeerSlot<Address>* ArrayPeers<Address>::resize(std::uint32_t from, std::uint32_t to) {
  const std::uint32_t before = capacity_for(from);
  const std::uint32_t after = capacity_for(to);
  if (before == after) return slots(to);
  Slot* const old = slots(from);
  std::array<Slot, inline_max> small;
  Slot* const memory = after == inline_max ? small.data() : new Slot[after];
  std::copy_n(old, std::min(from, to), memory);
  if (before != inline_max) delete[] old;
  if (after == inline_max) {
    std::memcpy(storage_.data(), small.data(), sizeof small);
  } else {
    std::memcpy(storage_.data(), &memory, sizeof memory);
  }
  return slots(to);
}

template class ArrayPeers<Ipv4Address>;
template class ArrayPeers<Ipv6Address>;

}  // namespace gyre::swarm
