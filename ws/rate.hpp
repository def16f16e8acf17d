// Rate limits of one connection: events per second with a burst, and relayed bytes per received
// byte. 8 and 4 bytes per connection; the rates are shared. Times are arguments.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "common/base/check.hpp"
#include "ws/limits.hpp"

namespace gyre::ws {

struct Rate {
  std::uint32_t per_second = 0;  // 0: no limit
  std::uint32_t burst = 1;       // at once after a pause

  bool operator==(const Rate&) const = default;

  std::uint64_t interval_ns() const { return 1'000'000'000 / per_second; }
};

class RateMeter {
 public:
  // Returns how many of `wanted` events are allowed now, and charges for them.
  std::uint32_t take(std::uint32_t wanted, std::uint64_t now_ns, const Rate& rate) {
    if (rate.per_second == 0) return wanted;
    DCHECK(rate.burst > 0);
    const std::uint64_t interval_ns = rate.interval_ns();
    const std::uint64_t saved_max_ns = interval_ns * rate.burst;
    used_until_ns_ = std::max(used_until_ns_, now_ns - std::min(now_ns, saved_max_ns));
    const std::uint64_t allowed = (now_ns - std::min(now_ns, used_until_ns_)) / interval_ns;
    const auto taken = static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, allowed));
    DCHECK(taken <= wanted);
    used_until_ns_ += taken * interval_ns;
    return taken;
  }

  // Charges for `amount` more events, allowed or not: later ones have to wait.
  void charge(std::uint64_t amount, const Rate& rate) {
    if (rate.per_second > 0) used_until_ns_ += amount * rate.interval_ns();
  }

 private:
  std::uint64_t used_until_ns_ = 0;
};

// The bytes that a connection may have relayed to others, earned by sending, so that nobody makes
// the tracker send a lot for little.
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
