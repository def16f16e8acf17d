// One shard's table from info_hash to swarm: open addressing in hash order, linear probing,
// deletion by shifting back. Between SwarmMap, which locks and hashes, and Swarm. Not thread-safe.
//
// An entry lies where the highest bits of its hash say, so growing keeps the order of entries and a
// walk by index goes on meaningfully after it.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "common/swarm/swarm.hpp"
#include "common/types.hpp"

namespace gyre::swarm {

template <class Address>
class SwarmTable {
 public:
  struct alignas(cache_line_size) Entry {
    InfoHash info_hash;
    std::uint32_t hash_bits = 0;  // the highest of the hash, the lowest bit always set; 0: no entry
    Swarm<Address> swarm;
  };
  static_assert(sizeof(Entry) == cache_line_size);

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return entries_.size(); }
  Entry* at(std::size_t index) {
    return entries_[index].hash_bits != 0 ? &entries_[index] : nullptr;
  }

  // Without the lock, from any thread: at worst the wrong line is fetched.
  void prefetch(std::uint64_t hash) const;

  Entry* find(std::uint64_t hash, const InfoHash& info_hash);
  // The pointer holds until the next call that changes the table.
  Entry& find_or_insert(std::uint64_t hash, const InfoHash& info_hash);
  // Removes the entry at `index`; another may take its place, so a walk looks at `index` again.
  void erase(std::size_t index);
  // Gives memory back when little of it is used. Moves entries: not in the middle of a walk.
  void shrink();

 private:
  static constexpr std::size_t capacity_min = 8;

  std::size_t home(std::uint32_t hash_bits) const { return hash_bits >> home_shift_; }
  std::size_t next(std::size_t index) const { return (index + 1) & (entries_.size() - 1); }
  void rebuild(std::size_t capacity);
  Entry& take_free(std::uint32_t hash_bits);

  std::vector<Entry> entries_;  // a power of two; at most three quarters in use
  std::size_t size_ = 0;
  unsigned home_shift_ = 0;
  // The place of the entries, for prefetch(): address and shift, which may not fit each other.
  std::atomic<std::uintptr_t> prefetch_base_{0};
  std::atomic<unsigned> prefetch_shift_{31};
};

extern template class SwarmTable<Ipv4Address>;
extern template class SwarmTable<Ipv6Address>;

}  // namespace gyre::swarm
