#include "common/limits/address_counts.hpp"

#include <mutex>

#include "common/base/check.hpp"
#include "common/limits/client_hash.hpp"

namespace gyre::limits {
namespace {

// The lower half, as shards go by the highest bits.
std::uint32_t table_hash(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash);
}

constexpr auto hash_of_entry = [](const auto& entry) { return entry.hash; };

}  // namespace

AddressCounts::AddressCounts(std::uint32_t count_max, std::uint64_t secret)
    : count_max_(count_max), secret_(secret) {}

bool AddressCounts::enter(const ClientAddress& address) {
  if (count_max_ == 0) return false;
  const std::uint64_t key = client_key(address);
  const std::uint64_t hash = client_hash(key, secret_);
  Shard& shard = shard_of(hash);
  const std::scoped_lock lock(shard.mutex);
  const auto [entry, is_new] = shard.table.find_or_insert(
      table_hash(hash), {.key = key, .hash = table_hash(hash), .count = 1},
      [key](const Entry& other) { return other.key == key; }, hash_of_entry);
  if (is_new) return true;
  if (entry->count == count_max_) return false;
  ++entry->count;
  return true;
}

void AddressCounts::leave(const ClientAddress& address) {
  constexpr std::uint32_t settled_slots = 64;
  const std::uint64_t key = client_key(address);
  const std::uint64_t hash = client_hash(key, secret_);
  Shard& shard = shard_of(hash);
  const std::scoped_lock lock(shard.mutex);
  Entry* const entry =
      shard.table.find(table_hash(hash), [key](const Entry& other) { return other.key == key; });
  CHECK(entry != nullptr);
  if (entry->count > 1) {
    --entry->count;
    return;
  }
  shard.table.erase(*entry, hash_of_entry);
  if (shard.table.shrink(hash_of_entry)) shard.table.settle(settled_slots, hash_of_entry);
}

std::size_t AddressCounts::address_count() const {
  std::size_t count = 0;
  for (const Shard& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    count += shard.table.size();
  }
  return count;
}

}  // namespace gyre::limits
