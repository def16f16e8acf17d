#include "common/swarm/swarm.hpp"

#include <algorithm>
#include <cstring>

#include "common/check.hpp"
#include "common/swarm/sample.hpp"

namespace gyre::swarm {

template <class Address>
SwarmCounts Swarm<Address>::counts() const {
  return {.seeder_count = seeder_count_,
          .leecher_count = peer_count_ - seeder_count_,
          .completed_count = completed_count_};
}

template <class Address>
std::uint32_t Swarm<Address>::announce(const Announce<Address>& announce, Seconds now,
                                       Random& random, const HashSecret& secret,
                                       std::span<std::byte> compact_peers) {
  const Slot peer = Slot::of(announce.peer, {announce.kind, now});
  auto self = find(peer, secret);
  if (announce.stopped) {
    if (self) erase(*self, secret);
    return 0;
  }
  if (self) self = update(*self, announce, now, secret);
  const std::uint32_t chosen =
      choose_peers(self, announce.kind, announce.peers_wanted, random, compact_peers);
  if (!self && announce.store) insert(peer, secret);
  return chosen;
}

template <class Address>
std::uint32_t Swarm<Address>::choose_peers(std::optional<std::uint32_t> self, PeerKind kind,
                                           std::uint32_t wanted, Random& random,
                                           std::span<std::byte> compact_peers) const {
  constexpr std::size_t peer_size = compact_peer_size(family_of<Address>);
  DCHECK(wanted * peer_size <= compact_peers.size());
  const std::uint32_t pool = wants_data(kind) ? peer_count_ : wanting_count_;
  if (self && *self >= pool) self.reset();
  std::byte* out = compact_peers.data();
  const std::byte* const end = out + compact_peers.size();
  const auto copy_run = [&](std::uint32_t first, std::uint32_t length) {
    for (const Slot* slot = slots_.get() + first; length > 0; ++slot, --length) {
      // Where there is room a whole slot goes in one move, and the next peer overwrites its state.
      const bool room = end - out >= static_cast<std::ptrdiff_t>(sizeof(Slot));
      if (room)
        std::memcpy(out, static_cast<const void*>(slot), sizeof(Slot));
      else
        std::memcpy(out, slot->compact(), peer_size);
      out += peer_size;
    }
  };
  return sample_runs(pool, self, wanted, random, copy_run);
}

template <class Address>
std::uint32_t Swarm<Address>::expire(std::uint32_t begin, std::uint32_t end, Seconds now,
                                     Seconds max_age_s, const HashSecret& secret) {
  const std::uint32_t before = peer_count_;
  // Downwards, so that erasing brings only peers that have been looked at into the range.
  for (std::uint32_t position = std::min(end, peer_count_); position > begin; --position) {
    if (slots_[position - 1].state.expired(now, max_age_s)) erase(position - 1, secret);
  }
  if (begin == 0) shrink(secret);
  return before - peer_count_;
}

template <class Address>
std::optional<std::uint32_t> Swarm<Address>::find(const Slot& peer,
                                                  const HashSecret& secret) const {
  if (index_) return index_.find(slots(), peer, secret);
  for (std::uint32_t position = 0; position < peer_count_; ++position) {
    if (slots_[position].same_peer(peer)) return position;
  }
  return std::nullopt;
}

// Returns where the peer is afterwards.
template <class Address>
std::uint32_t Swarm<Address>::update(std::uint32_t position, const Announce<Address>& announce,
                                     Seconds now, const HashSecret& secret) {
  Slot peer = slots_[position];
  const PeerKind old_kind = peer.state.kind();
  const bool finished = announce.completed && announce.kind == PeerKind::seeder &&
                        old_kind != PeerKind::seeder && !peer.state.completion_counted();
  if (finished) {
    ++completed_count_;
    peer.state.count_completion();
  }
  peer.state.set(announce.kind, now);
  slots_[position] = peer;
  seeder_count_ += announce.kind == PeerKind::seeder ? 1 : 0;
  seeder_count_ -= old_kind == PeerKind::seeder ? 1 : 0;
  if (wants_data(announce.kind) == wants_data(old_kind)) return position;
  // To the other part of the array: the peer changes places with the one at the border.
  const std::uint32_t border = wants_data(announce.kind) ? wanting_count_++ : --wanting_count_;
  swap(position, border, secret);
  return border;
}

template <class Address>
std::uint32_t Swarm<Address>::insert(Slot peer, const HashSecret& secret) {
  if (peer_count_ == capacity_) reserve(std::max(2U, capacity_ + capacity_ / 2), secret);
  std::uint32_t position = peer_count_++;
  if (wants_data(peer.state.kind())) {
    if (wanting_count_ != position) move(wanting_count_, position, secret);
    position = wanting_count_++;
  }
  if (peer.state.kind() == PeerKind::seeder) ++seeder_count_;
  slots_[position] = peer;
  if (index_) index_.insert(peer, position, secret);
  return position;
}

template <class Address>
void Swarm<Address>::erase(std::uint32_t position, const HashSecret& secret) {
  if (index_) index_.erase(slots(), position, secret);
  if (slots_[position].state.kind() == PeerKind::seeder) --seeder_count_;
  if (position < wanting_count_) {
    --wanting_count_;
    if (position != wanting_count_) move(wanting_count_, position, secret);
    position = wanting_count_;
  }
  --peer_count_;
  if (position != peer_count_) move(peer_count_, position, secret);
}

template <class Address>
void Swarm<Address>::move(std::uint32_t from, std::uint32_t to, const HashSecret& secret) {
  if (index_) index_.move(slots_[from], from, to, secret);
  slots_[to] = slots_[from];
}

template <class Address>
void Swarm<Address>::swap(std::uint32_t position, std::uint32_t other, const HashSecret& secret) {
  if (position == other) return;
  const Slot peer = slots_[position];
  if (index_) index_.swap(peer, position, slots_[other], other, secret);
  slots_[position] = slots_[other];
  slots_[other] = peer;
}

template <class Address>
void Swarm<Address>::reserve(std::uint32_t capacity, const HashSecret& secret) {
  auto larger = std::make_unique_for_overwrite<Slot[]>(capacity);
  std::copy_n(slots_.get(), peer_count_, larger.get());
  slots_ = std::move(larger);
  capacity_ = capacity;
  if (capacity <= scan_max) {
    index_ = {};
  } else if (!index_ || index_.capacity() < capacity || index_.capacity() > 2 * capacity) {
    index_ = PeerIndex<Address>(slots(), capacity, secret);
  }
}

template <class Address>
void Swarm<Address>::shrink(const HashSecret& secret) {
  if (peer_count_ == 0) {
    slots_.reset();
    index_ = {};
    capacity_ = 0;
  } else if (peer_count_ <= capacity_ / 4) {
    reserve(std::max(2U, 2 * peer_count_), secret);
  }
}

template class Swarm<Ipv4Address>;
template class Swarm<Ipv6Address>;

}  // namespace gyre::swarm
