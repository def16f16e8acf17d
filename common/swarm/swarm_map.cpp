#include "common/swarm/swarm_map.hpp"

#include <bit>
#include <memory>
#include <mutex>

#include "common/base/check.hpp"
#include "common/base/prefetch.hpp"
#include "common/swarm/swarm_shard.hpp"

namespace gyre::swarm {
namespace {

// So many torrents, with their peers, are more than a core's own caches hold.
constexpr std::size_t larger_than_cache_slots_min = 65'536;

}  // namespace

template <class Address>
SwarmMap<Address>::SwarmMap(const SipKey& secret, const SwarmLimits& limits, Budget& budget,
                            std::size_t shard_count)
    : budget_(budget),
      context_{.secret = secret, .limits = limits, .budget = BudgetShare(&budget)},
      shard_count_(shard_count) {
  CHECK(std::has_single_bit(shard_count));
}

template <class Address>
SwarmMap<Address>::~SwarmMap() {
  for (Shard& shard : shards()) {
    for (auto& entry : shard.table.slots()) {
      if (entry.is_free()) continue;
      entry.swarm.clear(context_);
      budget_.give_torrent();
    }
    budget_.give_peers(shard.spare_peers);
  }
  delete[] shards_.load(std::memory_order_relaxed);
}

template <class Address>
SwarmKey SwarmMap<Address>::key(const InfoHash& info_hash) const {
  return {info_hash, keyed_hash(context_.secret, std::span(info_hash.bytes))};
}

template <class Address>
std::span<typename SwarmMap<Address>::Shard> SwarmMap<Address>::shards() const {
  Shard* const shards = shards_.load(std::memory_order_acquire);
  return {shards, shards != nullptr ? shard_count_ : 0};
}

// By the lowest bits, as the table within the shard goes by the highest.
template <class Address>
typename SwarmMap<Address>::Shard* SwarmMap<Address>::shard_of(const SwarmKey& key) const {
  Shard* const shards = shards_.load(std::memory_order_acquire);
  return shards != nullptr ? shards + (key.hash & (shard_count_ - 1)) : nullptr;
}

// Of several threads that come first, one wins.
template <class Address>
void SwarmMap<Address>::make_shards() {
  auto made = std::make_unique<Shard[]>(shard_count_);
  Shard* none = nullptr;
  if (shards_.compare_exchange_strong(none, made.get(), std::memory_order_acq_rel)) made.release();
}

template <class Address>
bool SwarmMap<Address>::is_empty_for(const SwarmKey& key) const {
  const Shard* const shard = shard_of(key);
  return shard == nullptr || shard->torrent_count.load(std::memory_order_relaxed) == 0;
}

template <class Address>
SwarmContext SwarmMap<Address>::context_of(Shard& shard) const {
  SwarmContext context = context_;
  context.budget = BudgetShare(&budget_, &shard.spare_peers);
  return context;
}

template <class Address>
void SwarmMap<Address>::prefetch_shard(const SwarmKey& key) const {
  static_assert(sizeof(Shard) == cache_line_size);
  if (const Shard* const shard = shard_of(key); shard != nullptr) gyre::prefetch(shard);
}

template <class Address>
void SwarmMap<Address>::prefetch(const SwarmKey& key) const {
  const Shard* const shard = shard_of(key);
  if (shard == nullptr) return;
  using Entry = typename Shard::Entry;
  const Entry* const entries = shard->entries.load(std::memory_order_relaxed);
  if (entries == nullptr) return;
  const Entry* const entry =
      entries + OpenTable<Entry>::scale(table_hash(key.hash),
                                        shard->slot_count.load(std::memory_order_relaxed));
  gyre::prefetch(entry);
  gyre::prefetch(reinterpret_cast<const std::byte*>(entry) + cache_line_size);
}

template <class Address>
bool SwarmMap<Address>::is_larger_than_cache() const {
  // All shards are about equally full.
  const auto shards = this->shards();
  return !shards.empty() && shards.size() * shards[0].slot_count.load(std::memory_order_relaxed) >=
                                larger_than_cache_slots_min;
}

template <class Address>
std::uint64_t SwarmMap<Address>::prefetch_peers(const SwarmKey& key,
                                                const Announce<Address>& announce,
                                                const Random& random) const {
  Shard* const shard = shard_of(key);
  if (shard == nullptr) return 0;
  const std::scoped_lock lock(shard->mutex);
  const auto* entry = shard->find(key);
  return entry != nullptr ? entry->swarm.prefetch(announce, random, context_) : 0;
}

template <class Address>
AnnounceOutcome SwarmMap<Address>::announce(const SwarmKey& key, const Announce<Address>& announce,
                                            Seconds now, Random& random,
                                            std::span<std::byte> compact_peers) {
  const bool takes_peer = announce.store && !announce.stopped;
  Shard* const found = shard_of(key);
  if (found == nullptr && !takes_peer) return {};
  if (found == nullptr) make_shards();
  Shard& shard = *(found != nullptr ? found : shard_of(key));
  const std::scoped_lock lock(shard.mutex);
  const auto hasher = [this](const auto& other) { return hash_of(other.info_hash); };
  auto* entry = shard.find(key);
  const bool is_new = entry == nullptr;
  if (is_new) {
    if (!takes_peer) return {};
    if (!budget_.take_torrent()) return {.admission = Admission::refused_torrent};
    entry =
        &shard.table.insert(table_hash(key.hash), {key.info_hash, Swarm<Address>::empty()}, hasher);
    shard.publish();
  }
  const SwarmCounts before = entry->swarm.counts();
  const auto outcome =
      entry->swarm.announce(announce, now, random, context_of(shard), compact_peers);
  shard.count_change(before, outcome.counts);
  if (is_new && outcome.admission == Admission::refused_peer) {
    shard.table.erase(*entry, hasher);
    shard.publish();
    budget_.give_torrent();
  }
  return outcome;
}

template <class Address>
std::uint32_t SwarmMap<Address>::hash_of(const InfoHash& info_hash) const {
  return table_hash(key(info_hash).hash);
}

template <class Address>
SwarmCounts SwarmMap<Address>::scrape(const SwarmKey& key) const {
  Shard* const shard = shard_of(key);
  if (shard == nullptr) return {};
  const std::scoped_lock lock(shard->mutex);
  const auto* entry = shard->find(key);
  return entry != nullptr ? entry->swarm.counts() : SwarmCounts{};
}

template <class Address>
SwarmCounts SwarmMap<Address>::scrape(const SwarmKey& key, const Address& witness) {
  Shard* const shard = shard_of(key);
  if (shard == nullptr) return {};
  const std::scoped_lock lock(shard->mutex);
  auto* entry = shard->find(key);
  if (entry == nullptr) return {};
  entry->swarm.add_witness(witness);
  return entry->swarm.counts();
}

template <class Address>
MapTotals SwarmMap<Address>::totals() const {
  MapTotals totals;
  for (const Shard& shard : shards()) {
    totals.torrent_count += shard.torrent_count.load(std::memory_order_relaxed);
    totals.peer_count += shard.peer_count.load(std::memory_order_relaxed);
    totals.seeder_count += shard.seeder_count.load(std::memory_order_relaxed);
  }
  return totals;
}

template class SwarmMap<Ipv4Address>;
template class SwarmMap<Ipv6Address>;

}  // namespace gyre::swarm
