// How often something may happen, and how much: so many times per second, and some more at once;
// so many bytes for those received. Values for each connection (8 and 4 bytes) under rules that all
// share. No clock: times are arguments.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "ws/limits.hpp"

namespace gyre::ws {

struct Rate {
  std::uint32_t per_second = 0;  // 0: no limit
  std::uint32_t burst = 1;       // at once, after a pause

  std::uint64_t interval_ns() const { return 1'000'000'000 / per_second; }
};

class RateMeter {
 public:
  // How many of `wanted` may happen now; they count.
  std::uint32_t take(std::uint32_t wanted, std::uint64_t now_ns, const Rate& rate) {
    if (rate.per_second == 0) return wanted;
    const std::uint64_t interval_ns = rate.interval_ns();
    const std::uint64_t saved_max_ns = interval_ns * rate.burst;
    used_until_ns_ = std::max(used_until_ns_, now_ns - std::min(now_ns, saved_max_ns));
    const std::uint64_t allowed = (now_ns - std::min(now_ns, used_until_ns_)) / interval_ns;
    const auto taken = static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, allowed));
    used_until_ns_ += taken * interval_ns;
    return taken;
  }

  // So many more have happened, allowed or not: what comes next waits for them.
  void charge(std::uint64_t amount, const Rate& rate) {
    if (rate.per_second > 0) used_until_ns_ += amount * rate.interval_ns();
  }

 private:
  std::uint64_t used_until_ns_ = 0;
};

// How many bytes a connection may have relayed to others: what it has earned by sending, so that
// nobody makes the tracker send much for little.
class RelayCredit {
 public:
  void earn(std::size_t received_size) {
    const std::uint64_t earned = std::uint64_t{relay_credit_per_byte} * received_size;
    bytes_ = static_cast<std::uint32_t>(std::min(bytes_ + earned, std::uint64_t{relay_credit_max}));
  }
  bool spend(std::size_t relayed_size) {
    if (relayed_size > bytes_) return false;
    bytes_ -= static_cast<std::uint32_t>(relayed_size);
    return true;
  }

 private:
  std::uint32_t bytes_ = relay_credit_at_first;
};

}  // namespace gyre::ws
