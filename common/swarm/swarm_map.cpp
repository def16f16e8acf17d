#include "common/swarm/swarm_map.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <mutex>

#include "common/base/check.hpp"
#include "common/base/open_table.hpp"
#include "common/base/prefetch.hpp"
#include "common/base/small_mutex.hpp"

namespace gyre::swarm {
namespace {

// Work in one slice of a cleaning, in slots of the table. About 100 us, which looking at some
// thousand peers of a large swarm takes alone when all of them have expired.
constexpr std::uint32_t slice_cost_max = 512;
constexpr std::uint32_t list_slice_cost = 256;
constexpr std::uint32_t slots_settled_max = 2048;

// So many torrents, with their peers, are more than a core's own caches hold.
constexpr std::size_t larger_than_cache_slots_min = 65'536;

// What sample_candidates() looks at: some thousand bytes of a shard, which are read in order.
constexpr std::uint32_t sampled_slots_max = 512;
constexpr std::uint32_t sampled_slots_of_shard_max = 128;

std::uint32_t table_hash(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> 32);
}

template <class Address>
bool is_candidate(const Swarm<Address>& swarm) {
  return !swarm.is_proven() || swarm.peer_count() <= 2;
}

// Which network holds the torrent; torrents without peers are held by one of their own.
template <class Address>
std::uint64_t holder_of(const Swarm<Address>& swarm) {
  std::uint64_t network = ~std::uint64_t{0};
  if (swarm.peer_count() > 0) {
    network = 0;
    std::memcpy(&network, swarm.first_peer().address.bytes.data(), network_size<Address>);
  }
  return network << 1 | (family_of<Address> == Family::ipv4 ? 0 : 1);
}

}  // namespace

template <class Address>
struct alignas(cache_line_size) SwarmMap<Address>::Shard {
  struct Entry {
    static constexpr TableShape table_shape{
        .slots_min = 8, .fill_max = 75, .fill_min = 45, .growth = 25};

    InfoHash info_hash;
    Swarm<Address> swarm;

    bool is_free() const { return swarm.is_absent(); }
  };
  static_assert(sizeof(Entry) == sizeof(InfoHash) + sizeof(Swarm<Address>));

  mutable SmallMutex mutex;
  std::uint16_t spare_peers = 0;  // taken from the budget and not used
  OpenTable<Entry> table;
  // Where the table is, for prefetch() without the lock: at worst the wrong line is fetched.
  std::atomic<const Entry*> entries{nullptr};
  // Written under the lock, read without it.
  std::atomic<std::uint32_t> slot_count{0};
  std::atomic<std::uint32_t> torrent_count{0};
  std::atomic<std::uint64_t> peer_count{0};
  std::atomic<std::uint64_t> seeder_count{0};

  Entry* find(const SwarmKey& key) {
    return table.find(table_hash(key.hash),
                      [&key](const Entry& entry) { return entry.info_hash == key.info_hash; });
  }

  static void add(std::atomic<std::uint64_t>& total, std::uint64_t after, std::uint64_t before) {
    total.store(total.load(std::memory_order_relaxed) + after - before, std::memory_order_relaxed);
  }
  void count_change(const SwarmCounts& before, const SwarmCounts& after) {
    add(peer_count, std::uint64_t{after.seeder_count} + after.leecher_count,
        std::uint64_t{before.seeder_count} + before.leecher_count);
    add(seeder_count, after.seeder_count, before.seeder_count);
  }
  // Call when torrents came or went.
  void publish() {
    torrent_count.store(table.size(), std::memory_order_relaxed);
    entries.store(table.slots().data(), std::memory_order_relaxed);
    slot_count.store(table.slot_count(), std::memory_order_relaxed);
  }
};

template <class Address>
SwarmMap<Address>::SwarmMap(const SipKey& secret, const SwarmLimits& limits, Budget& budget,
                            std::size_t shard_count)
    : budget_(budget),
      context_{.secret = secret, .limits = limits, .budget = BudgetShare(&budget)},
      shard_count_(shard_count),
      shards_(std::make_unique<Shard[]>(shard_count)) {
  CHECK(std::has_single_bit(shard_count));
}

template <class Address>
SwarmMap<Address>::~SwarmMap() {
  for (Shard& shard : std::span(shards_.get(), shard_count_)) {
    for (auto& entry : shard.table.slots()) {
      if (entry.is_free()) continue;
      entry.swarm.clear(context_);
      budget_.give_torrent();
    }
    budget_.give_peers(shard.spare_peers);
  }
}

template <class Address>
SwarmKey SwarmMap<Address>::key(const InfoHash& info_hash) const {
  return {info_hash, keyed_hash(context_.secret, std::span(info_hash.bytes))};
}

// By the lowest bits, as the table within the shard goes by the highest.
template <class Address>
typename SwarmMap<Address>::Shard& SwarmMap<Address>::shard_of(std::uint64_t hash) const {
  return shards_[hash & (shard_count_ - 1)];
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
  gyre::prefetch(&shard_of(key.hash));
}

template <class Address>
void SwarmMap<Address>::prefetch(const SwarmKey& key) const {
  const Shard& shard = shard_of(key.hash);
  using Entry = typename Shard::Entry;
  const Entry* const entries = shard.entries.load(std::memory_order_relaxed);
  if (entries == nullptr) return;
  const Entry* const entry =
      entries + OpenTable<Entry>::scale(table_hash(key.hash),
                                        shard.slot_count.load(std::memory_order_relaxed));
  gyre::prefetch(entry);
  gyre::prefetch(reinterpret_cast<const std::byte*>(entry) + cache_line_size);
}

template <class Address>
bool SwarmMap<Address>::is_larger_than_cache() const {
  // All shards are about equally full.
  return shard_count_ * shards_[0].slot_count.load(std::memory_order_relaxed) >=
         larger_than_cache_slots_min;
}

template <class Address>
std::uint64_t SwarmMap<Address>::prefetch_peers(const SwarmKey& key,
                                                const Announce<Address>& announce,
                                                const Random& random) const {
  Shard& shard = shard_of(key.hash);
  const std::scoped_lock lock(shard.mutex);
  const auto* entry = shard.find(key);
  return entry != nullptr ? entry->swarm.prefetch(announce, random, context_) : 0;
}

template <class Address>
AnnounceOutcome SwarmMap<Address>::announce(const SwarmKey& key, const Announce<Address>& announce,
                                            Seconds now, Random& random,
                                            std::span<std::byte> compact_peers) {
  Shard& shard = shard_of(key.hash);
  const std::scoped_lock lock(shard.mutex);
  const auto hasher = [this](const auto& other) { return hash_of(other.info_hash); };
  auto* entry = shard.find(key);
  const bool is_new = entry == nullptr;
  if (is_new) {
    if (announce.stopped || !announce.store) return {};
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
  Shard& shard = shard_of(key.hash);
  const std::scoped_lock lock(shard.mutex);
  const auto* entry = shard.find(key);
  return entry != nullptr ? entry->swarm.counts() : SwarmCounts{};
}

template <class Address>
SwarmCounts SwarmMap<Address>::scrape(const SwarmKey& key, const Address& witness) {
  Shard& shard = shard_of(key.hash);
  const std::scoped_lock lock(shard.mutex);
  auto* entry = shard.find(key);
  if (entry == nullptr) return {};
  entry->swarm.add_witness(witness);
  return entry->swarm.counts();
}

template <class Address>
bool SwarmMap<Address>::clean_slice(CleaningPosition& position, Seconds now, Seconds max_age_s,
                                    const AccessList& access_list) {
  if (position.shard_index == shard_count_) return false;
  Shard& shard = shards_[position.shard_index];
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
  std::size_t count = 0;
  std::uint32_t slots_left = sampled_slots_max;
  const std::uint32_t first = random.below(static_cast<std::uint32_t>(shard_count_));
  for (std::size_t i = 0; i < shard_count_ && slots_left > 0 && count < candidates.size(); ++i) {
    Shard& shard = shards_[(first + i) & (shard_count_ - 1)];
    if (shard.torrent_count.load(std::memory_order_relaxed) == 0) continue;
    const std::scoped_lock lock(shard.mutex);
    const auto slots = shard.table.slots();
    const auto seen = std::min<std::uint32_t>(
        {static_cast<std::uint32_t>(slots.size()), slots_left, sampled_slots_of_shard_max});
    std::uint32_t at = slots.empty() ? 0 : random.below(static_cast<std::uint32_t>(slots.size()));
    for (std::uint32_t n = 0; n < seen && count < candidates.size(); ++n, ++at) {
      const auto& entry = slots[at % slots.size()];
      if (entry.is_free() || !is_candidate(entry.swarm)) continue;
      const bool is_proven = entry.swarm.is_proven() && entry.swarm.peer_count() > 0;
      candidates[count++] = {key(entry.info_hash), holder_of(entry.swarm), is_proven};
    }
    slots_left -= seen;
  }
  return count;
}

template <class Address>
bool SwarmMap<Address>::evict(const SwarmKey& key) {
  Shard& shard = shard_of(key.hash);
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
MapTotals SwarmMap<Address>::totals() const {
  MapTotals totals;
  for (const Shard& shard : std::span(shards_.get(), shard_count_)) {
    totals.torrent_count += shard.torrent_count.load(std::memory_order_relaxed);
    totals.peer_count += shard.peer_count.load(std::memory_order_relaxed);
    totals.seeder_count += shard.seeder_count.load(std::memory_order_relaxed);
  }
  return totals;
}

template <class Address>
void SwarmMap<Address>::check_invariants() const {
  for (const Shard& shard : std::span(shards_.get(), shard_count_)) {
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
  const Shard& shard = shards_[index];
  // Not under the lock: memory for a few more that come meanwhile, of which there is seldom need.
  const std::size_t needed =
      torrents.size() + shard.torrent_count.load(std::memory_order_relaxed) + 64;
  if (needed > torrents.capacity()) torrents.reserve(needed + needed / 4);
  const std::scoped_lock lock(shard.mutex);
  for (const auto& entry : shard.table.slots()) {
    if (!entry.is_free()) torrents.push_back({entry.info_hash, entry.swarm.counts()});
  }
}

template class SwarmMap<Ipv4Address>;
template class SwarmMap<Ipv6Address>;

}  // namespace gyre::swarm
