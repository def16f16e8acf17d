// The number of open connections of each client, over all workers of a program. Takes 16 bytes for
// each client that has any, and a third of that for free slots.
//
// A client is an IPv4 address or an IPv6 /64, since one subscriber has a whole /64.
//
// Threading: everything may be called from any thread.
#pragma once

#include <array>
#include <cstdint>

#include "common/base/open_table.hpp"
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
    static constexpr TableShape table_shape{
        .slots_min = 64, .fill_max = 75, .fill_min = 15, .growth = 100};
    std::uint64_t key = 0;
    std::uint32_t hash = 0;
    std::uint32_t count = 0;
    bool is_free() const { return count == 0; }
  };
  struct Shard {
    mutable SmallMutex mutex;
    OpenTable<Entry> table;
  };
  static constexpr std::size_t shard_count = 64;

  Shard& shard_of(std::uint64_t hash) { return shards_[hash >> 58]; }

  std::uint32_t count_max_;
  std::uint64_t secret_;
  std::array<Shard, shard_count> shards_;
};

}  // namespace gyre::limits
