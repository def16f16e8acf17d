// How often something may happen: so many times per second, and some more at once. A value for each
// connection (8 bytes) under rules that all share. No clock: times are arguments.
#pragma once

#include <algorithm>
#include <cstdint>

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

 private:
  std::uint64_t used_until_ns_ = 0;
};

}  // namespace gyre::ws
