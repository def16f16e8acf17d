// How many peers and torrents a tracker may keep in all, how much memory its process may use, and
// how much of each is in use. Shared by the maps of both families; it knows neither swarms nor how
// memory is measured.
//
// Pressure is the share of the tightest of the three limits that is in use. Below `scarce_from`
// nothing is limited. From there on a new peer costs an unproven torrent its place (SwarmMaps),
// with a probability that rises to one at `full_from`; what is left above is for swarms that have
// few peers, where one more makes the difference.
//
// Threading: everything may be called from any thread; the counts are exact.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

#include "common/base/random.hpp"

namespace gyre::swarm {

struct BudgetLimits {
  std::uint64_t peers = std::numeric_limits<std::uint64_t>::max() / 2;
  std::uint64_t torrents = std::numeric_limits<std::uint64_t>::max() / 2;
  // Peers that a shard takes at once, so that workers seldom write the same cache line.
  std::uint32_t lot = 1;
};

class Budget {
 public:
  static constexpr double scarce_from = 0.80;
  static constexpr double plenty_below = 0.75;  // after it was scarce
  static constexpr double full_from = 0.95;
  static constexpr std::uint32_t few_peers = 50;  // swarms with fewer may use the rest

  explicit Budget(const BudgetLimits& limits = {}) : limits_(limits) {}

  bool take_peers(std::uint32_t count, std::uint32_t swarm_peer_count) {
    const double reserve = swarm_peer_count < few_peers ? 0 : 1 - full_from;
    const auto of = [reserve](std::uint64_t limit) {
      return static_cast<std::uint64_t>(static_cast<double>(limit) * reserve);
    };
    return has_memory(count * peer_size + of(memory_limit())) &&
           take(peer_count_, count, limits_.peers - of(limits_.peers)) &&
           take_memory(count * peer_size);
  }
  bool take_peer(std::uint32_t swarm_peer_count) { return take_peers(1, swarm_peer_count); }
  bool take_torrent() {
    return has_memory(torrent_size) && take(torrent_count_, 1, limits_.torrents) &&
           take_memory(torrent_size);
  }
  void give_peers(std::uint64_t count) {
    peer_count_.fetch_sub(count, std::memory_order_relaxed);
    give_memory(count * peer_size);
  }
  void give_torrent() {
    torrent_count_.fetch_sub(1, std::memory_order_relaxed);
    give_memory(torrent_size);
  }

  // What the process uses and may use, in bytes. Until the next call, what is taken and given back
  // is reckoned by estimate, so that one that comes for one that goes needs none. `limit` 0: no
  // limit.
  void set_memory(std::uint64_t used, std::uint64_t limit) {
    memory_limit_.store(limit, std::memory_order_relaxed);
    memory_free_.store(static_cast<std::int64_t>(limit - std::min(used, limit)),
                       std::memory_order_relaxed);
  }
  std::uint64_t memory_limit() const { return memory_limit_.load(std::memory_order_relaxed); }
  // Bytes of the peers and torrents that there are, by estimate.
  std::uint64_t expected_memory() const {
    return peer_count() * peer_size + torrent_count() * torrent_size;
  }

  // 1: the tightest limit is reached.
  double pressure() const {
    const auto use = [](std::uint64_t count, std::uint64_t limit) {
      return static_cast<double>(count) / static_cast<double>(std::max<std::uint64_t>(limit, 1));
    };
    return std::max(
        {use(peer_count(), limits_.peers), use(torrent_count(), limits_.torrents), memory_use()});
  }
  // Whether a peer that was just stored costs a torrent its place.
  bool must_evict(Random& random) const {
    const double above = pressure() - scarce_from;
    return above > 0 && random.chance(std::min(above / (full_from - scarce_from), 1.0));
  }

  // Whether the pressure has reached `scarce_from`, until it has fallen below `plenty_below`, as of
  // the last call of update_scarcity(), which returns whether that has changed.
  bool is_scarce() const { return scarce_.load(std::memory_order_relaxed); }
  bool update_scarcity() {
    const bool scarce = pressure() >= (is_scarce() ? plenty_below : scarce_from);
    return scarce_.exchange(scarce, std::memory_order_relaxed) != scarce;
  }

  const BudgetLimits& limits() const { return limits_; }
  std::uint64_t peer_count() const { return peer_count_.load(std::memory_order_relaxed); }
  std::uint64_t torrent_count() const { return torrent_count_.load(std::memory_order_relaxed); }

 private:
  // Bytes of a peer and of a torrent, roughly: measured memory replaces the estimate soon.
  static constexpr std::uint64_t peer_size = 32;
  static constexpr std::uint64_t torrent_size = 64;

  static bool take(std::atomic<std::uint64_t>& taken, std::uint64_t count, std::uint64_t limit) {
    // Looks first: once it is used up, workers write the line no more.
    if (taken.load(std::memory_order_relaxed) + count > limit) return false;
    if (taken.fetch_add(count, std::memory_order_relaxed) + count <= limit) return true;
    taken.fetch_sub(count, std::memory_order_relaxed);
    return false;
  }
  std::int64_t memory_free() const { return memory_free_.load(std::memory_order_relaxed); }
  double memory_use() const {
    const std::uint64_t limit = memory_limit();
    if (limit == 0) return 0;
    return 1 - static_cast<double>(memory_free()) / static_cast<double>(limit);
  }
  bool has_memory(std::uint64_t size) const {
    return memory_limit() == 0 || memory_free() >= static_cast<std::int64_t>(size);
  }
  bool take_memory(std::uint64_t size) {
    if (memory_limit() != 0) {
      memory_free_.fetch_sub(static_cast<std::int64_t>(size), std::memory_order_relaxed);
    }
    return true;
  }
  void give_memory(std::uint64_t size) {
    if (memory_limit() != 0) {
      memory_free_.fetch_add(static_cast<std::int64_t>(size), std::memory_order_relaxed);
    }
  }

  BudgetLimits limits_;
  std::atomic<std::uint64_t> memory_limit_{0};
  std::atomic<bool> scarce_{false};
  alignas(64) std::atomic<std::uint64_t> peer_count_{0};
  std::atomic<std::uint64_t> torrent_count_{0};
  std::atomic<std::int64_t> memory_free_{0};
};

// A budget for peers as a shard of a map sees it: what it has taken in lots and not used yet lies
// in the shard, under its lock.
class BudgetShare {
 public:
  BudgetShare() = default;
  // `spare` has the peers that were taken and are not used; null: nothing is taken in lots.
  explicit BudgetShare(Budget* budget, std::uint16_t* spare = nullptr)
      : budget_(budget), spare_(spare) {}

  bool take_peer(std::uint32_t swarm_peer_count) const {
    if (spare_ == nullptr) return budget_->take_peer(swarm_peer_count);
    if (*spare_ == 0) {
      const std::uint32_t lot = budget_->limits().lot;
      if (!budget_->take_peers(lot, swarm_peer_count)) {
        return lot > 1 && budget_->take_peer(swarm_peer_count);
      }
      *spare_ = static_cast<std::uint16_t>(lot);
    }
    --*spare_;
    return true;
  }
  void give_peers(std::uint64_t count) const {
    if (spare_ == nullptr) return budget_->give_peers(count);
    const std::uint32_t lot = budget_->limits().lot;
    const std::uint64_t spare = *spare_ + count;
    *spare_ = static_cast<std::uint16_t>(std::min<std::uint64_t>(spare, lot - 1));
    if (spare > *spare_) budget_->give_peers(spare - *spare_);
  }

 private:
  Budget* budget_ = nullptr;
  std::uint16_t* spare_ = nullptr;
};

}  // namespace gyre::swarm
