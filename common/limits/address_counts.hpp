// The number of open connections of each client, over all workers of a program. Takes 24 bytes for
// each client that has any.
//
// A client is an IPv4 address or an IPv6 /64, since one subscriber has a whole /64.
//
// Threading: everything may be called from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "common/base/small_mutex.hpp"
#include "common/base/types.hpp"

namespace gyre::limits {

class AddressCounts {
 public:
  // `secret` keeps clients from choosing addresses that collide.
  AddressCounts(std::uint32_t count_max, std::uint64_t secret);

  // Counts one more connection, unless the client has count_max already.
  bool enter(const ClientAddress& address);
  void leave(const ClientAddress& address);  // once for each enter() that returned true

  std::size_t address_count() const;

 private:
  struct Entry {
    std::uint64_t key = 0;
    std::uint32_t count = 0;  // 0: free
  };
  // Open addressing, linear; removal moves back what follows.
  struct Shard {
    mutable SmallMutex mutex;
    std::uint32_t used = 0;
    std::uint32_t capacity = 0;
    std::unique_ptr<Entry[]> entries;
  };
  static constexpr std::size_t shard_count = 64;

  Shard& shard_of(std::uint64_t hash) { return shards_[hash >> 58]; }
  Entry& find(Shard& shard, std::uint64_t key, std::uint64_t hash) const;
  void grow(Shard& shard) const;
  void remove(Shard& shard, Entry& entry) const;

  std::uint32_t count_max_;
  std::uint64_t secret_;
  std::array<Shard, shard_count> shards_;
};

}  // namespace gyre::limits
