#include "common/swarm/swarm_table.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace gyre::swarm {
namespace {

std::uint32_t hash_bits_of(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> 32) | 1;
}

}  // namespace

template <class Address>
void SwarmTable<Address>::prefetch(std::uint64_t hash) const {
  const std::uintptr_t base = prefetch_base_.load(std::memory_order_relaxed);
  const std::size_t index = hash_bits_of(hash) >> prefetch_shift_.load(std::memory_order_relaxed);
  __builtin_prefetch(reinterpret_cast<const void*>(base + index * sizeof(Entry)));
}

template <class Address>
typename SwarmTable<Address>::Entry* SwarmTable<Address>::find(std::uint64_t hash,
                                                               const InfoHash& info_hash) {
  if (entries_.empty()) return nullptr;
  const std::uint32_t hash_bits = hash_bits_of(hash);
  for (std::size_t index = home(hash_bits); entries_[index].hash_bits != 0; index = next(index)) {
    Entry& entry = entries_[index];
    if (entry.hash_bits == hash_bits && entry.info_hash == info_hash) return &entry;
  }
  return nullptr;
}

template <class Address>
typename SwarmTable<Address>::Entry& SwarmTable<Address>::find_or_insert(
    std::uint64_t hash, const InfoHash& info_hash) {
  if (Entry* found = find(hash, info_hash)) return *found;
  if (4 * (size_ + 1) > 3 * capacity()) rebuild(std::max(capacity_min, 2 * capacity()));
  ++size_;
  Entry& entry = take_free(hash_bits_of(hash));
  entry.info_hash = info_hash;
  return entry;
}

template <class Address>
void SwarmTable<Address>::erase(std::size_t index) {
  std::size_t hole = index;
  const std::size_t mask = entries_.size() - 1;
  for (std::size_t from = next(hole); entries_[from].hash_bits != 0; from = next(from)) {
    // An entry may fill the hole unless its home lies cyclically after the hole.
    const std::size_t distance = (from - home(entries_[from].hash_bits)) & mask;
    if (distance < ((from - hole) & mask)) continue;
    entries_[hole] = std::move(entries_[from]);
    hole = from;
  }
  entries_[hole] = Entry{};
  --size_;
}

template <class Address>
void SwarmTable<Address>::shrink() {
  if (capacity() > capacity_min && 8 * size_ < capacity()) {
    rebuild(std::max(capacity_min, std::bit_ceil(2 * size_)));
  }
}

template <class Address>
void SwarmTable<Address>::rebuild(std::size_t capacity) {
  std::vector<Entry> old(capacity);
  old.swap(entries_);
  home_shift_ = 32U - static_cast<unsigned>(std::countr_zero(capacity));
  prefetch_base_.store(reinterpret_cast<std::uintptr_t>(entries_.data()),
                       std::memory_order_relaxed);
  prefetch_shift_.store(home_shift_, std::memory_order_relaxed);
  for (Entry& entry : old) {
    if (entry.hash_bits == 0) continue;
    Entry& place = take_free(entry.hash_bits);
    place = std::move(entry);
  }
}

template <class Address>
typename SwarmTable<Address>::Entry& SwarmTable<Address>::take_free(std::uint32_t hash_bits) {
  std::size_t index = home(hash_bits);
  while (entries_[index].hash_bits != 0) index = next(index);
  entries_[index].hash_bits = hash_bits;
  return entries_[index];
}

template class SwarmTable<Ipv4Address>;
template class SwarmTable<Ipv6Address>;

}  // namespace gyre::swarm
