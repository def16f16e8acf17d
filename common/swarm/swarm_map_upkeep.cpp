// What a SwarmMap does beside serving: cleaning, eviction, lists of torrents and checks.
#include <algorithm>
#include <cstring>
#include <mutex>

#include "common/base/check.hpp"
#include "common/swarm/swarm_map.hpp"
#include "common/swarm/swarm_shard.hpp"

namespace gyre::swarm {
namespace {

// Work in one slice of a cleaning, in slots of the table. About 100 us, which looking at some
// thousand peers of a large swarm takes alone when all of them have expired.
constexpr std::uint32_t slice_cost_max = 512;
constexpr std::uint32_t list_slice_cost = 256;
constexpr std::uint32_t slots_settled_max = 2048;

// What sample_candidates() looks at: some thousand bytes of a shard, which are read in order.
constexpr std::uint32_t sampled_slots_max = 512;
constexpr std::uint32_t sampled_slots_of_shard_max = 128;

// At most.
template <class Address>
bool is_of_two_networks(std::span<const PeerSlot<Address>> peers) {
  const PeerSlot<Address>* second = nullptr;
  for (const auto& peer : peers) {
    if (same_network(peer.address, peers.front().address)) continue;
    if (second == nullptr) second = &peer;
    if (!same_network(peer.address, second->address)) return false;
  }
  return true;
}

// Buckets are too large to be freed at once, and to be had in numbers.
template <class Address>
bool is_candidate(const Swarm<Address>& swarm) {
  return swarm.form() != Swarm<Address>::Form::buckets;
}

template <class Address>
Proof proof_of(const Swarm<Address>& swarm) {
  if (!swarm.is_proven() || swarm.peer_count() == 0) return Proof::none;
  const bool is_weak =
      swarm.form() == Swarm<Address>::Form::array && is_of_two_networks(swarm.few_peers());
  return is_weak ? Proof::weak : Proof::strong;
}

// Which network holds the torrent: that of a random peer, so that of somebody with several networks
// each holds its part. Torrents without peers are held by a network of their own.
template <class Address>
std::uint64_t holder_of(const Swarm<Address>& swarm, Random& random) {
  std::uint64_t network = ~std::uint64_t{0};
  if (swarm.peer_count() > 0) {
    network = 0;
    const auto peer = swarm.peer_at(random.below(swarm.peer_count()));
    std::memcpy(&network, peer.address.bytes.data(), network_size<Address>);
  }
  return network << 1 | (family_of<Address> == Family::ipv4 ? 0 : 1);
}

}  // namespace

template <class Address>
bool SwarmMap<Address>::clean_slice(CleaningPosition& position, Seconds now, Seconds max_age_s,
                                    const AccessList& access_list) {
  const auto shards = this->shards();
  if (position.shard_index >= shards.size()) return false;
  Shard& shard = shards[position.shard_index];
  std::unique_lock lock(shard.mutex);
  const SwarmContext context = context_of(shard);
  const auto hasher = [this](const auto& entry) { return hash_of(entry.info_hash); };
  for (std::uint32_t cost = 0; position.entry_index < shard.table.slot_count(); ++cost) {
    if (cost >= slice_cost_max) {
      shard.publish();
      return true;
    }
    auto& entry = shard.table.slots()[position.entry_index];
    if (entry.is_free()) {
      ++position.entry_index;
      continue;
    }
    // Announces may have moved entries since the last slice.
    if (position.info_hash != entry.info_hash) position.in_swarm = PeerPlace::end();
    position.info_hash = entry.info_hash;
    if (entry.swarm.form() > Swarm<Address>::Form::array) cost += list_slice_cost;
    const SwarmCounts before = entry.swarm.counts();
    const bool allowed = access_list.allows(entry.info_hash);
    if (allowed && entry.swarm.expire_some(position.in_swarm, now, max_age_s, context)) {
      shard.count_change(before, entry.swarm.counts());
      continue;
    }
    position.in_swarm = PeerPlace::end();
    if (allowed && entry.swarm.peer_count() > 0) {
      shard.count_change(before, entry.swarm.counts());
      ++position.entry_index;
      continue;
    }
    shard.count_change(before, {});
    auto forgotten = entry.swarm;
    shard.table.erase(entry, hasher);
    budget_.give_torrent();
    if (forgotten.form() > Swarm<Address>::Form::array) {
      shard.publish();
      lock.unlock();  // nobody waits while all of its memory is freed
      forgotten.clear(context_);
      return true;
    }
    forgotten.clear(context);
  }
  const bool unsettled =
      shard.table.settle(slots_settled_max, hasher) || shard.table.shrink(hasher);
  shard.publish();
  if (!unsettled) position = {.shard_index = position.shard_index + 1};
  return position.shard_index < shard_count_;
}

template <class Address>
std::size_t SwarmMap<Address>::sample_candidates(Random& random,
                                                 std::span<EvictionCandidate> candidates) const {
  const auto shards = this->shards();
  if (shards.empty()) return 0;
  std::size_t count = 0;
  std::uint32_t slots_left = sampled_slots_max;
  const std::uint32_t first = random.below(static_cast<std::uint32_t>(shard_count_));
  for (std::size_t i = 0; i < shard_count_ && slots_left > 0 && count < candidates.size(); ++i) {
    Shard& shard = shards[(first + i) & (shard_count_ - 1)];
    if (shard.torrent_count.load(std::memory_order_relaxed) == 0) continue;
    const std::scoped_lock lock(shard.mutex);
    const auto slots = shard.table.slots();
    const auto seen = std::min<std::uint32_t>(
        {static_cast<std::uint32_t>(slots.size()), slots_left, sampled_slots_of_shard_max});
    std::uint32_t at = slots.empty() ? 0 : random.below(static_cast<std::uint32_t>(slots.size()));
    for (std::uint32_t n = 0; n < seen && count < candidates.size(); ++n, ++at) {
      const auto& entry = slots[at % slots.size()];
      if (entry.is_free() || !is_candidate(entry.swarm)) continue;
      candidates[count++] = {key(entry.info_hash), holder_of(entry.swarm, random),
                             proof_of(entry.swarm)};
    }
    slots_left -= seen;
  }
  return count;
}

template <class Address>
std::uint64_t SwarmMap<Address>::estimated_torrent_count() const {
  const auto shards = this->shards();
  const std::size_t seen = std::min<std::size_t>(shards.size(), 8);
  std::uint64_t count = 0;
  for (const Shard& shard : shards.first(seen)) {
    count += shard.torrent_count.load(std::memory_order_relaxed);
  }
  return count > 0 ? count * (shard_count_ / seen) : totals().torrent_count;
}

template <class Address>
bool SwarmMap<Address>::evict(const SwarmKey& key) {
  Shard* const found = shard_of(key);
  if (found == nullptr) return false;
  Shard& shard = *found;
  const std::scoped_lock lock(shard.mutex);
  auto* entry = shard.find(key);
  if (entry == nullptr || !is_candidate(entry->swarm)) return false;
  shard.count_change(entry->swarm.counts(), {});
  auto forgotten = entry->swarm;
  shard.table.erase(*entry, [this](const auto& other) { return hash_of(other.info_hash); });
  shard.publish();
  forgotten.clear(context_of(shard));
  budget_.give_torrent();
  return true;
}

template <class Address>
void SwarmMap<Address>::check_invariants() const {
  for (const Shard& shard : shards()) {
    const std::scoped_lock lock(shard.mutex);
    MapTotals seen;
    for (const auto& entry : shard.table.slots()) {
      if (entry.is_free()) continue;
      entry.swarm.check_invariants(context_);
      ++seen.torrent_count;
      seen.peer_count += entry.swarm.peer_count();
      seen.seeder_count += entry.swarm.counts().seeder_count;
    }
    CHECK(seen.torrent_count == shard.torrent_count.load(std::memory_order_relaxed));
    CHECK(seen.peer_count == shard.peer_count.load(std::memory_order_relaxed));
    CHECK(seen.seeder_count == shard.seeder_count.load(std::memory_order_relaxed));
    shard.table.check_invariants([this](const auto& entry) { return hash_of(entry.info_hash); });
  }
}

template <class Address>
void SwarmMap<Address>::list_shard(std::size_t index, std::vector<TorrentCounts>& torrents) const {
  DCHECK(index < shard_count_);
  const Shard& shard = shards()[index];
  // Not under the lock: memory for a few more that come meanwhile, of which there is seldom need.
  const std::size_t needed =
      torrents.size() + shard.torrent_count.load(std::memory_order_relaxed) + 64;
  if (needed > torrents.capacity()) torrents.reserve(needed + needed / 4);
  const std::scoped_lock lock(shard.mutex);
  for (const auto& entry : shard.table.slots()) {
    if (!entry.is_free()) torrents.push_back({entry.info_hash, entry.swarm.counts()});
  }
}

template bool SwarmMap<Ipv4Address>::clean_slice(CleaningPosition& position, Seconds now,
                                                 Seconds max_age_s, const AccessList& access_list);
template std::size_t SwarmMap<Ipv4Address>::sample_candidates(
    Random& random, std::span<EvictionCandidate> candidates) const;
template std::uint64_t SwarmMap<Ipv4Address>::estimated_torrent_count() const;
template bool SwarmMap<Ipv4Address>::evict(const SwarmKey& key);
template void SwarmMap<Ipv4Address>::check_invariants() const;
template void SwarmMap<Ipv4Address>::list_shard(std::size_t index,
                                                std::vector<TorrentCounts>& torrents) const;
template bool SwarmMap<Ipv6Address>::clean_slice(CleaningPosition& position, Seconds now,
                                                 Seconds max_age_s, const AccessList& access_list);
template std::size_t SwarmMap<Ipv6Address>::sample_candidates(
    Random& random, std::span<EvictionCandidate> candidates) const;
template std::uint64_t SwarmMap<Ipv6Address>::estimated_torrent_count() const;
template bool SwarmMap<Ipv6Address>::evict(const SwarmKey& key);
template void SwarmMap<Ipv6Address>::check_invariants() const;
template void SwarmMap<Ipv6Address>::list_shard(std::size_t index,
                                                std::vector<TorrentCounts>& torrents) const;

}  // namespace gyre::swarm
