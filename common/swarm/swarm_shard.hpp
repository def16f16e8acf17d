// One shard of a SwarmMap: its lock, the table of its torrents, and its counts, in one cache line.
// Seen by the implementation of the map only.
#pragma once

#include <atomic>
#include <cstdint>

#include "common/base/open_table.hpp"
#include "common/base/small_mutex.hpp"
#include "common/swarm/swarm_map.hpp"

namespace gyre::swarm {

// Of the bits of a torrent's hash, the table within the shard goes by the highest, the choice of
// the shard by the lowest.
inline std::uint32_t table_hash(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> 32);
}

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

}  // namespace gyre::swarm
