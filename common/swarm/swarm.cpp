#include "common/swarm/swarm.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "common/base/check.hpp"
#include "common/base/prefetch.hpp"
#include "common/swarm/sample.hpp"

namespace gyre::swarm {
namespace {

// At most. Who leaves is told of nobody.
template <class Address>
std::uint32_t peers_told(const Announce<Address>& announce) {
  return announce.stopped ? 0 : announce.peers_wanted;
}

}  // namespace

template <class Address>
Swarm<Address> Swarm<Address>::empty() {
  Swarm swarm;
  swarm.form_ = Form::array;
  return swarm;
}

template <class Address>
typename Swarm<Address>::Outcome Swarm<Address>::announce(const Announce<Address>& announce,
                                                          Seconds now, Random& random,
                                                          const SwarmContext& context,
                                                          std::span<std::byte> compact_peers) {
  const Slot peer = Slot::of(announce.peer, {announce.kind, now});
  const std::uint64_t hash = hash_in_large(peer, announce, context);
  // Its peers are so far away that this pays even right before they are read.
  if (form_ == Form::large && large().is_distant()) {
    large().prefetch(peer, hash, peers_told(announce), random);
  }
  auto self = find(peer, hash);
  if (announce.stopped) {
    if (self) {
      erase(*self, context);
      context.budget->give_peers(1);
    }
    return {};
  }
  if (self) self = update(*self, hash, announce, now, context);
  Outcome outcome;
  outcome.compact_peer_count =
      choose_peers(self, announce.kind, announce.peers_wanted, random, compact_peers);
  if (!self && announce.store) outcome.admission = admit(peer, hash, now, random, context);
  return outcome;
}

template <class Address>
std::uint64_t Swarm<Address>::prefetch(const Announce<Address>& announce, const Random& random,
                                       const SwarmContext& context) const {
  const Slot peer = Slot::of(announce.peer, {announce.kind, 0});
  const std::uint64_t hash = hash_in_large(peer, announce, context);
  if (form_ == Form::large) {
    // In a distant one announce() does.
    if (!large().is_distant()) large().prefetch(peer, hash, peers_told(announce), random);
  } else if (peer_count_ > inline_max) {
    gyre::prefetch(array(), peer_count_ * sizeof(Slot));
  }
  return hash;
}

template <class Address>
std::uint64_t Swarm<Address>::hash_in_large(const Slot& peer, const Announce<Address>& announce,
                                            const SwarmContext& context) const {
  if (form_ != Form::large) return 0;
  DCHECK(announce.peer_hash == 0 || announce.peer_hash == peer_hash(peer, context));
  return announce.peer_hash != 0 ? announce.peer_hash : peer_hash(peer, context);
}

template <class Address>
std::uint32_t Swarm<Address>::choose_peers(std::optional<PeerPlace> self, PeerKind kind,
                                           std::uint32_t wanted, Random& random,
                                           std::span<std::byte> compact_peers) const {
  DCHECK(wanted * compact_peer_size(family_of<Address>) <= compact_peers.size());
  std::byte* out = compact_peers.data();
  if (form_ == Form::large) {
    return large().choose_peers(self, !wants_data(kind), wanted, random, out);
  }
  const Slot* const slots = array();
  const std::uint32_t pool = wants_data(kind) ? peer_count_ : wanting_count_;
  std::optional<std::uint32_t> excluded;
  if (self && self->position < pool) excluded = self->position;
  const auto copy_run = [&](std::uint32_t first, std::uint32_t length) {
    out = write_compact<Address>(out, {slots + first, length});
  };
  return sample_runs(pool, excluded, wanted, random, copy_run);
}

template <class Address>
std::optional<PeerPlace> Swarm<Address>::find(const Slot& peer, std::uint64_t hash) {
  if (form_ == Form::large) return large().find(peer, hash);
  const auto peers = array_peers();
  for (std::uint32_t position = 0; position < peers.size(); ++position) {
    if (peers[position].same_peer(peer)) return PeerPlace{0, position};
  }
  return std::nullopt;
}

// Returns where the peer is afterwards.
template <class Address>
PeerPlace Swarm<Address>::update(PeerPlace place, std::uint64_t hash,
                                 const Announce<Address>& announce, Seconds now,
                                 const SwarmContext& context) {
  PeerState state = form_ == Form::large ? large().at(place).state : array()[place.position].state;
  const bool finished = announce.completed && announce.kind == PeerKind::seeder &&
                        state.kind() != PeerKind::seeder && !state.completion_counted();
  if (finished) {
    ++completed_count_;
    state.count_completion();
  }
  state.set(announce.kind, now);
  if (form_ == Form::large) return large().replace(place, hash, state, context);
  return {0, array_replace(place.position, state)};
}

template <class Address>
Admission Swarm<Address>::admit(const Slot& peer, std::uint64_t hash, Seconds now, Random& random,
                                const SwarmContext& context) {
  Admission admission = Admission::admitted;
  std::uint32_t gone = 0;
  const auto give_way = [&](PeerPlace leaving, Admission how) {
    erase(leaving, context);
    if (gone++ == 0) admission = how;
  };
  if (const auto same = same_address(peer, now, context);
      same.count > 0 && same.count >= context.limits.peers_per_address) {
    give_way(same.oldest, Admission::replaced_address);
  }
  // Who leaves another part makes no room in a full one.
  if (const auto leaving = oldest_of_full_part(hash, now, random)) {
    give_way(*leaving, Admission::replaced_oldest);
  } else if (gone == 0 && peer_count() >= context.limits.peers_per_swarm) {
    give_way(oldest(now, random), Admission::replaced_oldest);
  }
  if (gone == 0 && !context.budget->take_peer(peer_count())) return Admission::refused_peer;
  if (gone > 1) context.budget->give_peers(gone - 1);
  insert(peer, hash, context);
  return admission;
}

template <class Address>
std::optional<PeerPlace> Swarm<Address>::oldest_of_full_part(std::uint64_t hash, Seconds now,
                                                             Random& random) {
  if (form_ != Form::large) return std::nullopt;
  return large().oldest_of_full_part(hash, now, random);
}

template <class Address>
typename Swarm<Address>::SameAddress Swarm<Address>::same_address(const Slot& peer, Seconds now,
                                                                  const SwarmContext& context) {
  if (!address_is_limited(peer, context)) return {};
  if (form_ == Form::large) return large().same_address(peer, now, context);
  SameAddress same;
  const auto peers = array_peers();
  for (std::uint32_t i = 0; i < peers.size(); ++i) {
    if (peers[i].same_subscriber(peer)) same.add({0, i}, peers[i].state.age_ticks(now));
  }
  return same;
}

template <class Address>
PeerPlace Swarm<Address>::oldest(Seconds now, Random& random) {
  if (form_ == Form::large) return large().oldest(now, random);
  const auto peers = array_peers();
  const auto oldest = std::ranges::max_element(
      peers, {}, [now](const Slot& slot) { return slot.state.age_ticks(now); });
  return {0, static_cast<std::uint32_t>(oldest - peers.begin())};
}

template <class Address>
void Swarm<Address>::insert(const Slot& peer, std::uint64_t hash, const SwarmContext& context) {
  if (form_ == Form::array && peer_count_ == array_max) {
    make_large(context);
    hash = peer_hash(peer, context);
  }
  form_ == Form::large ? large().insert(peer, hash, context) : array_insert(peer);
}

template <class Address>
void Swarm<Address>::erase(PeerPlace place, const SwarmContext& context) {
  if (form_ == Form::array) return array_erase(place.position);
  large().erase(place, context);
  if (large().peer_count() <= array_again_max) make_array();
}

template <class Address>
bool Swarm<Address>::expire_some(ExpiryPosition& position, Seconds now, Seconds max_age_s,
                                 const SwarmContext& context) {
  if (form_ == Form::large) {
    const bool more = large().expire_some(position, now, max_age_s, context);
    if (!more && large().peer_count() <= array_again_max) make_array();
    return more;
  }
  // Downwards, so that erasing brings only peers that have been looked at into the rest.
  for (std::uint32_t i = peer_count_; i > 0; --i) {
    if (!array()[i - 1].state.expired(now, max_age_s)) continue;
    array_erase(i - 1);
    context.budget->give_peers(1);
  }
  return false;
}

template <class Address>
void Swarm<Address>::clear(const SwarmContext& context) {
  context.budget->give_peers(peer_count());
  if (form_ == Form::large) {
    std::destroy_at(&large());
  } else if (peer_count_ > inline_max) {
    delete[] array();
  }
  *this = {};
}

// What follows is of an array, and of the changes between the forms.

template <class Address>
std::uint32_t Swarm<Address>::array_capacity(std::uint32_t peers) {
  return peers <= inline_max ? inline_max : (peers + 3) / 4 * 4;
}

// Makes the array fit for `peers`, of which those are kept that there are before and after.
template <class Address>
void Swarm<Address>::resize_array(std::uint32_t peers) {
  const std::uint32_t before = array_capacity(peer_count_);
  const std::uint32_t after = array_capacity(peers);
  if (before != after) {
    Slot* const old = array();
    std::array<Slot, inline_max> small;
    Slot* const memory = after == inline_max ? small.data() : new Slot[after];
    std::copy_n(old, std::min<std::uint32_t>(peer_count_, peers), memory);
    if (before != inline_max) delete[] old;
    if (after == inline_max) {
      std::memcpy(storage_.data(), small.data(), sizeof small);
    } else {
      store_pointer(storage_.data(), memory);
    }
  }
  peer_count_ = static_cast<std::uint8_t>(peers);
}

template <class Address>
void Swarm<Address>::array_insert(const Slot& peer) {
  std::uint32_t position = peer_count_;
  resize_array(position + 1);
  Slot* const slots = array();
  if (peer.wants_data()) {
    slots[position] = slots[wanting_count_];
    position = wanting_count_++;
  }
  if (peer.state.kind() == PeerKind::seeder) ++seeder_count_;
  slots[position] = peer;
}

template <class Address>
void Swarm<Address>::array_erase(std::uint32_t position) {
  Slot* const slots = array();
  if (slots[position].state.kind() == PeerKind::seeder) --seeder_count_;
  if (position < wanting_count_) {
    --wanting_count_;
    slots[position] = slots[wanting_count_];
    position = wanting_count_;
  }
  const std::uint32_t last = peer_count_ - 1U;
  slots[position] = slots[last];
  resize_array(last);
}

template <class Address>
std::uint32_t Swarm<Address>::array_replace(std::uint32_t position, PeerState state) {
  Slot* const slots = array();
  const PeerKind before = std::exchange(slots[position].state, state).kind();
  if (before == PeerKind::seeder) --seeder_count_;
  if (state.kind() == PeerKind::seeder) ++seeder_count_;
  if (wants_data(before) == wants_data(state.kind())) return position;
  // To the other part of the array: the peer changes places with the one at the border.
  const std::uint32_t border = wants_data(state.kind()) ? wanting_count_++ : --wanting_count_;
  std::swap(slots[position], slots[border]);
  return border;
}

template <class Address>
void Swarm<Address>::make_large(const SwarmContext& context) {
  LargeSwarm<Address> larger(array_peers(), context);
  resize_array(0);
  new (storage_.data()) LargeSwarm<Address>(std::move(larger));
  form_ = Form::large;
}

template <class Address>
void Swarm<Address>::make_array() {
  const LargeSwarm<Address> larger = std::move(large());
  std::destroy_at(&large());
  std::array<Slot, array_again_max> peers;
  const auto count = larger.peer_count();
  const auto wanting = larger.wanting_count();
  const auto seeders = larger.seeder_count();
  larger.copy_peers(peers.data());
  form_ = Form::array;
  peer_count_ = 0;
  resize_array(count);
  std::copy_n(peers.begin(), count, array());
  wanting_count_ = static_cast<std::uint8_t>(wanting);
  seeder_count_ = static_cast<std::uint8_t>(seeders);
}

template class Swarm<Ipv4Address>;
template class Swarm<Ipv6Address>;

}  // namespace gyre::swarm
