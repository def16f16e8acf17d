#include "common/swarm/swarm_map.hpp"

#include <algorithm>
#include <bit>

#include "common/check.hpp"
#include "common/small_mutex.hpp"
#include "common/swarm/swarm_table.hpp"

namespace gyre::swarm {
namespace {

// Work in one slice of a cleaning, in peers looked at; entries of a table and removals count as
// some of them. About 100 us, to which comes the rebuilding of a swarm or table that has shrunk.
constexpr std::uint32_t slice_cost_max = 16384;
constexpr std::uint32_t removal_cost = 32;
constexpr std::uint32_t range_max =
    1024;  // peers of one swarm looked at before the cost is checked
constexpr std::uint32_t entry_cost = 16;

}  // namespace

template <class Address>
struct alignas(cache_line_size) SwarmMap<Address>::Shard {
  SmallMutex mutex;
  SwarmTable<Address> table;
  // Written under the lock, read by totals() without it.
  std::atomic<std::uint64_t> torrent_count{0};
  std::atomic<std::uint64_t> peer_count{0};
  std::atomic<std::uint64_t> seeder_count{0};

  static void add(std::atomic<std::uint64_t>& total, std::uint64_t after, std::uint64_t before) {
    total.store(total.load(std::memory_order_relaxed) + after - before, std::memory_order_relaxed);
  }
  void count_change(const SwarmCounts& before, const SwarmCounts& after) {
    add(peer_count, std::uint64_t{after.seeder_count} + after.leecher_count,
        std::uint64_t{before.seeder_count} + before.leecher_count);
    add(seeder_count, after.seeder_count, before.seeder_count);
  }
  void count_torrents() { torrent_count.store(table.size(), std::memory_order_relaxed); }
};

template <class Address>
SwarmMap<Address>::SwarmMap(const HashSecret& secret, std::size_t shard_count)
    : secret_(secret), shard_count_(shard_count), shards_(std::make_unique<Shard[]>(shard_count)) {
  CHECK(std::has_single_bit(shard_count));
}

template <class Address>
SwarmMap<Address>::~SwarmMap() = default;

template <class Address>
SwarmKey SwarmMap<Address>::key(const InfoHash& info_hash) const {
  return {info_hash, keyed_hash(secret_, std::span(info_hash.bytes))};
}

template <class Address>
void SwarmMap<Address>::prefetch(const SwarmKey& key) const {
  shard_of(key.hash).table.prefetch(key.hash);
}

// By the lowest bits, as the table within the shard goes by the highest.
template <class Address>
typename SwarmMap<Address>::Shard& SwarmMap<Address>::shard_of(std::uint64_t hash) const {
  return shards_[hash & (shard_count_ - 1)];
}

template <class Address>
AnnounceOutcome SwarmMap<Address>::announce(const SwarmKey& key, const Announce<Address>& announce,
                                            Seconds now, Random& random,
                                            std::span<std::byte> compact_peers) {
  Shard& shard = shard_of(key.hash);
  const std::scoped_lock lock(shard.mutex);
  auto* entry = shard.table.find(key.hash, key.info_hash);
  if (entry == nullptr) {
    if (announce.stopped || !announce.store) return {};
    entry = &shard.table.find_or_insert(key.hash, key.info_hash);
    shard.count_torrents();
  }
  const SwarmCounts before = entry->swarm.counts();
  AnnounceOutcome outcome;
  outcome.compact_peer_count = entry->swarm.announce(announce, now, random, secret_, compact_peers);
  outcome.counts = entry->swarm.counts();
  shard.count_change(before, outcome.counts);
  return outcome;
}

template <class Address>
SwarmCounts SwarmMap<Address>::scrape(const InfoHash& info_hash) const {
  const SwarmKey key = this->key(info_hash);
  Shard& shard = shard_of(key.hash);
  const std::scoped_lock lock(shard.mutex);
  const auto* entry = shard.table.find(key.hash, info_hash);
  return entry != nullptr ? entry->swarm.counts() : SwarmCounts{};
}

template <class Address>
bool SwarmMap<Address>::clean_slice(CleaningPosition& position, Seconds now, Seconds max_age_s,
                                    const AccessList& access_list) {
  if (position.shard_index == shard_count_) return false;
  Shard& shard = shards_[position.shard_index];
  const std::scoped_lock lock(shard.mutex);
  for (std::uint32_t cost = 0; position.entry_index < shard.table.capacity(); cost += entry_cost) {
    if (cost >= slice_cost_max) return true;
    auto* entry = shard.table.at(position.entry_index);
    if (entry == nullptr) {
      ++position.entry_index;
      continue;
    }
    const SwarmCounts before = entry->swarm.counts();
    if (!access_list.allows(entry->info_hash)) {
      shard.count_change(before, {});
      shard.table.erase(position.entry_index);
      position.peers_end = ~std::uint32_t{0};
      continue;
    }
    const std::uint32_t end = std::min(position.peers_end, entry->swarm.peer_count());
    // So many at once that removing them all would not cost much more than a slice may.
    const std::uint32_t begin = end - std::min(end, range_max);
    const std::uint32_t removed = entry->swarm.expire(begin, end, now, max_age_s, secret_);
    shard.count_change(before, entry->swarm.counts());
    cost += end - begin + removed * removal_cost;
    if (begin > 0) {
      position.peers_end = begin;
      continue;
    }
    position.peers_end = ~std::uint32_t{0};
    if (entry->swarm.peer_count() == 0) {
      shard.table.erase(position.entry_index);
    } else {
      ++position.entry_index;
    }
  }
  shard.table.shrink();
  shard.count_torrents();
  position = {.shard_index = position.shard_index + 1};
  return position.shard_index < shard_count_;
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

template class SwarmMap<Ipv4Address>;
template class SwarmMap<Ipv6Address>;

}  // namespace gyre::swarm
