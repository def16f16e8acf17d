#include "common/swarm/swarm.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "common/base/check.hpp"

namespace gyre::swarm {
namespace {

// At most.
template <class Address>
std::uint32_t peers_returned(const Announce<Address>& announce) {
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
void Swarm<Address>::add_witness(const Address& address) {
  if (is_proven_ || peer_count() == 0) return;
  is_proven_ = !same_network(peer_at(0).address, address);
}

template <class Address>
AnnounceOutcome Swarm<Address>::announce(const Announce<Address>& announce, Seconds now,
                                         Random& random, const SwarmContext& context,
                                         std::span<std::byte> compact_peers) {
  DCHECK(!is_absent());
  DCHECK(peers_returned(announce) * compact_peer_size(family_of<Address>) <= compact_peers.size());
  const Slot peer = Slot::of(announce.peer, {announce.kind, now});
  const std::uint64_t hash = hash_for(peer, announce, context);
  // Worth it even right before peers are read that are in no cache.
  if (form_ == Form::buckets && buckets().is_larger_than_cache()) {
    buckets().prefetch(peer, hash, peers_returned(announce), random);
  }
  AnnounceOutcome outcome;
  const bool is_new = visit([&](auto& peers) {
    auto self = peers.find(peer, hash);
    if (announce.stopped) {
      if (!self) return false;
      peers.erase(*self, context);
      context.budget.give_peers(1);
      return false;
    }
    if (self) self = update(peers, *self, hash, announce, now, context);
    outcome.compact_peer_count =
        peers.sample(self, announce.kind, announce.peers_wanted, random, compact_peers.data());
    return !self;
  });
  if (announce.stopped) use_smaller_form(context);
  if (is_new && announce.store) {
    outcome.admission = admit(peer, hash, announce.may_replace, now, random, context);
  } else if (is_new && announce.peer.port != 0) {
    add_witness(peer.address);  // a peer of another class
  }
  outcome.counts = counts();
  check_after_change(context);
  return outcome;
}

template <class Address>
std::uint64_t Swarm<Address>::prefetch(const Announce<Address>& announce, const Random& random,
                                       const SwarmContext& context) const {
  const Slot peer = Slot::of(announce.peer, {announce.kind, 0});
  const std::uint64_t hash = hash_for(peer, announce, context);
  visit([&](const auto& peers) { peers.prefetch(peer, hash, peers_returned(announce), random); });
  return hash;
}

// Under which the peers have it; 0 for an array.
template <class Address>
std::uint64_t Swarm<Address>::hash_for(const Slot& peer, const Announce<Address>& announce,
                                       const SwarmContext& context) const {
  if (form_ <= Form::array) return 0;
  DCHECK(announce.peer_hash == 0 || announce.peer_hash == peer_hash(peer, context));
  return announce.peer_hash != 0 ? announce.peer_hash : peer_hash(peer, context);
}

// Returns where the peer is afterwards.
template <class Address>
template <class Peers>
PeerPlace Swarm<Address>::update(Peers& peers, PeerPlace place, std::uint64_t hash,
                                 const Announce<Address>& announce, Seconds now,
                                 const SwarmContext& context) {
  PeerState state = peers.at(place).state;
  if (!is_proven_)
    is_proven_ = state.age_ticks(now) * PeerState::tick_s >= context.limits.proof_age_s;
  const bool finished = announce.completed && announce.kind == PeerKind::seeder &&
                        state.kind() != PeerKind::seeder && !state.completion_counted();
  if (finished) {
    ++completed_count_;
    state.count_completion();
  }
  state.set(announce.kind, now);
  return peers.set_state(place, hash, state, context);
}

// Of the peers that have the address of that one, if it may have no more.
template <class Address>
template <class Peers>
std::optional<PeerPlace> Swarm<Address>::oldest_of_full_address(const Peers& peers,
                                                                const Slot& peer, Seconds now,
                                                                const SwarmContext& context) const {
  if (!address_is_limited(peer, context)) return std::nullopt;
  std::uint32_t count = 0;
  std::optional<PeerPlace> oldest;
  unsigned oldest_age = 0;
  peers.visit_same_address(peer, context, [&](PeerPlace place, const Slot& other) {
    ++count;
    const unsigned age = other.state.age_ticks(now);
    if (oldest && age <= oldest_age) return;
    oldest = place;
    oldest_age = age;
  });
  return count >= context.limits.peers_per_address ? oldest : std::nullopt;
}

// In a swarm that has peers, and says at whose expense.
template <class Address>
template <class Peers>
Admission Swarm<Address>::make_place(Peers& peers, const Slot& peer, std::uint64_t hash,
                                     bool may_replace, Seconds now, Random& random,
                                     const SwarmContext& context) {
  Admission admission = Admission::admitted;
  std::uint32_t evicted = 0;
  const auto evict = [&](PeerPlace place, Admission how) {
    peers.erase(place, context);
    if (evicted++ == 0) admission = how;
  };
  if (const auto oldest = oldest_of_full_address(peers, peer, now, context)) {
    evict(*oldest, Admission::replaced_address);
  }
  bool is_full = peers.is_full_for(hash) ||
                 (evicted == 0 && peers.peer_count() >= context.limits.peers_per_swarm);
  if (!is_full && evicted == 0 && !context.budget.take_peer(peers.peer_count())) {
    if (!may_replace) return Admission::refused_peer;
    is_full = true;
  }
  if (is_full) evict(peers.oldest(peer, hash, now, random), Admission::replaced_oldest);
  if (evicted > 1) context.budget.give_peers(evicted - 1);
  return admission;
}

template <class Address>
Admission Swarm<Address>::admit(const Slot& peer, std::uint64_t hash, bool may_replace, Seconds now,
                                Random& random, const SwarmContext& context) {
  if (peer_count() == 0 && !context.budget.take_peer(0)) return Admission::refused_peer;
  Admission admission = Admission::admitted;
  if (peer_count() > 0) {
    add_witness(peer.address);
    admission = visit([&](auto& peers) {
      return make_place(peers, peer, hash, may_replace, now, random, context);
    });
    if (admission == Admission::refused_peer) return admission;
  }
  use_larger_form(context);
  if (hash == 0 && form_ > Form::array) hash = peer_hash(peer, context);
  visit([&](auto& peers) { peers.insert(peer, hash, context); });
  return admission;
}

template <class Address>
bool Swarm<Address>::expire_some(PeerPlace& end, Seconds now, Seconds max_age_s,
                                 const SwarmContext& context) {
  const bool more =
      visit([&](auto& peers) { return peers.expire_some(end, now, max_age_s, context); });
  use_smaller_form(context);
  check_after_change(context);
  return more;
}

// If there is no room for one more in this one.
template <class Address>
void Swarm<Address>::use_larger_form(const SwarmContext& context) {
  if (form_ == Form::array && array().peer_count() == ArrayPeers<Address>::peers_max) {
    ListPeers<Address> larger(array().peers(), 0, context);
    std::destroy_at(&array());
    new (storage_.data()) ListPeers<Address>(std::move(larger));
    form_ = Form::list;
  } else if (form_ == Form::list &&
             list().peer_count() > BucketPeers<Address>::peers_per_bucket_max) {
    const auto* const larger = new BucketPeers<Address>(std::move(list()));
    std::destroy_at(&list());
    std::memcpy(storage_.data(), static_cast<const void*>(&larger), sizeof(void*));
    form_ = Form::buckets;
    is_proven_ = true;
  }
}

// If peers are few enough for it.
template <class Address>
void Swarm<Address>::use_smaller_form(const SwarmContext& context) {
  if (form_ == Form::buckets && buckets().bucket_count() == 1) {
    const std::unique_ptr<BucketPeers<Address>> larger(&buckets());
    new (storage_.data()) ListPeers<Address>(std::move(*larger).take_only());
    form_ = Form::list;
  }
  if (form_ == Form::list && list().peer_count() <= array_again_max) {
    const ListPeers<Address> larger = std::move(list());
    std::destroy_at(&list());
    auto* const smaller = new (storage_.data()) ArrayPeers<Address>;
    larger.visit(0, larger.peer_count(), [&](std::span<const Slot> peers) {
      for (const Slot& peer : peers) smaller->insert(peer, 0, context);
    });
    form_ = Form::array;
  }
}

template <class Address>
void Swarm<Address>::clear(const SwarmContext& context) {
  context.budget.give_peers(peer_count());
  if (form_ == Form::buckets) {
    delete &buckets();
  } else {
    visit([](auto& peers) { std::destroy_at(&peers); });
  }
  *this = {};
}

template <class Address>
void Swarm<Address>::check_after_change(const SwarmContext& context) const {
  DCHECK(form_ != Form::list || peer_count() <= BucketPeers<Address>::peers_per_bucket_max + 1);
  // Lists check themselves.
  if (form_ == Form::array) DCHECK_SAMPLED(peer_count(), check_invariants(context));
}

template <class Address>
void Swarm<Address>::check_invariants(const SwarmContext& context) const {
  visit([&](const auto& peers) { peers.check_invariants(context); });
}

template class Swarm<Ipv4Address>;
template class Swarm<Ipv6Address>;

}  // namespace gyre::swarm
