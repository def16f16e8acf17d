#include "common/limits/address_counts.hpp"

#include <mutex>
#include <utility>

#include "common/base/check.hpp"
#include "common/limits/client_hash.hpp"

namespace gyre::limits {
AddressCounts::AddressCounts(std::uint32_t count_max, std::uint64_t secret)
    : count_max_(count_max), secret_(secret) {}

bool AddressCounts::enter(const ClientAddress& address) {
  const std::uint64_t key = client_key(address);
  const std::uint64_t hash = client_hash(key, secret_);
  Shard& shard = shard_of(hash);
  const std::scoped_lock lock(shard.mutex);
  if (4 * (shard.used + 1) > 3 * shard.capacity) grow(shard);
  Entry& entry = find(shard, key, hash);
  if (entry.count >= count_max_) return false;
  if (entry.count++ == 0) {
    entry.key = key;
    ++shard.used;
  }
  return true;
}

void AddressCounts::leave(const ClientAddress& address) {
  const std::uint64_t key = client_key(address);
  const std::uint64_t hash = client_hash(key, secret_);
  Shard& shard = shard_of(hash);
  const std::scoped_lock lock(shard.mutex);
  CHECK(shard.used > 0);
  Entry& entry = find(shard, key, hash);
  CHECK(entry.count > 0);
  if (--entry.count == 0) remove(shard, entry);
}

std::size_t AddressCounts::address_count() const {
  std::size_t count = 0;
  for (const Shard& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    count += shard.used;
  }
  return count;
}

// The key's entry, or the free one where it belongs.
AddressCounts::Entry& AddressCounts::find(Shard& shard, std::uint64_t key,
                                          std::uint64_t hash) const {
  std::uint32_t at = static_cast<std::uint32_t>(hash) & (shard.capacity - 1);
  while (shard.entries[at].count > 0 && shard.entries[at].key != key) {
    at = (at + 1) & (shard.capacity - 1);
  }
  return shard.entries[at];
}

void AddressCounts::grow(Shard& shard) const {
  constexpr std::uint32_t capacity_min = 16;
  const std::uint32_t old_capacity = shard.capacity;
  shard.capacity = old_capacity == 0 ? capacity_min : 2 * old_capacity;
  const auto old = std::exchange(shard.entries, std::make_unique<Entry[]>(shard.capacity));
  for (std::uint32_t i = 0; i < old_capacity; ++i) {
    if (old[i].count > 0) find(shard, old[i].key, client_hash(old[i].key, secret_)) = old[i];
  }
}

void AddressCounts::remove(Shard& shard, Entry& entry) const {
  const std::uint32_t mask = shard.capacity - 1;
  auto hole = static_cast<std::uint32_t>(&entry - shard.entries.get());
  for (std::uint32_t at = (hole + 1) & mask; shard.entries[at].count > 0; at = (at + 1) & mask) {
    const auto home =
        static_cast<std::uint32_t>(client_hash(shard.entries[at].key, secret_)) & mask;
    // It stays if its home lies behind the hole.
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    shard.entries[hole] = shard.entries[at];
    hole = at;
  }
  shard.entries[hole] = {};
  --shard.used;
}

}  // namespace gyre::limits
