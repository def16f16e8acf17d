// How many peers and torrents a tracker may keep in all, and how many it keeps. Shared by the maps
// of both families; it knows neither swarms nor memory.
//
// When nearly all room for peers is taken, the rest is for swarms that have fewer than two: there a
// peer makes the difference between a torrent that works and one that does not.
//
// Threading: everything may be called from any thread; the counts are exact.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

namespace gyre::swarm {

struct BudgetLimits {
  std::uint64_t peers = std::numeric_limits<std::uint64_t>::max() / 2;
  std::uint64_t torrents = std::numeric_limits<std::uint64_t>::max() / 2;
};

class Budget {
 public:
  explicit Budget(const BudgetLimits& limits = {}) : limits_(limits) {}

  // Of the room for peers, this part is for swarms with fewer than two.
  static constexpr std::uint64_t reserve_share = 20;

  bool take_peer(std::uint32_t swarm_peer_count) {
    const std::uint64_t reserve = swarm_peer_count < 2 ? 0 : limits_.peers / reserve_share;
    return take(peer_count_, limits_.peers - reserve);
  }
  bool take_torrent() { return take(torrent_count_, limits_.torrents); }
  void give_peers(std::uint64_t count) { peer_count_.fetch_sub(count, std::memory_order_relaxed); }
  void give_torrent() { torrent_count_.fetch_sub(1, std::memory_order_relaxed); }

  const BudgetLimits& limits() const { return limits_; }
  std::uint64_t peer_count() const { return peer_count_.load(std::memory_order_relaxed); }
  std::uint64_t torrent_count() const { return torrent_count_.load(std::memory_order_relaxed); }

 private:
  static bool take(std::atomic<std::uint64_t>& count, std::uint64_t limit) {
    if (count.fetch_add(1, std::memory_order_relaxed) < limit) return true;
    count.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }

  BudgetLimits limits_;
  alignas(64) std::atomic<std::uint64_t> peer_count_{0};
  std::atomic<std::uint64_t> torrent_count_{0};
};

}  // namespace gyre::swarm
