#include "udp/overload.hpp"

#include <utility>

#include "common/base/check.hpp"

namespace gyre::udp {

unsigned OverloadLevel::end_interval(std::uint64_t kernel_drops, std::uint64_t shed) {
  constexpr unsigned calm_intervals_min = 10;
  const Interval interval = std::exchange(now_, {});
  const bool is_overloaded = kernel_drops > 0 && interval.turns > 0 &&
                             interval.full_turns >= interval.turns - interval.turns / 8;
  if (is_overloaded) {
    calm_intervals_ = 0;
    if (level_ == 0) capacity_ = interval.answered;
    if (level_ < level_max && interval.answered >= interval.received / 2) ++level_;
    return level_;
  }
  const bool is_calm = interval.answered + shed < capacity_ / 4 * 3;
  calm_intervals_ = is_calm ? calm_intervals_ + 1 : 0;
  if (level_ > 0 && calm_intervals_ >= calm_intervals_min) {
    calm_intervals_ = 0;
    --level_;
  }
  return level_;
}

std::optional<unsigned> OverloadMeter::next_interval(std::uint64_t now_ns) {
  DCHECK(now_ns >= began_at_ns_);
  if (now_ns - began_at_ns_ < OverloadLevel::interval_ns) return std::nullopt;
  began_at_ns_ = now_ns;
  const std::uint64_t shed = metrics_.count_of(Counter::drop_overload);
  const unsigned level =
      level_.end_interval(count_kernel_drops(), shed - std::exchange(shed_before_, shed));
  metrics_.overload_level.store(level, std::memory_order_relaxed);
  return level;
}

// Returns how many there were since the last call.
std::uint64_t OverloadMeter::count_kernel_drops() {
  std::uint64_t sum = 0;
  for (Socket& socket : sockets_) {
    const std::uint32_t drops = drop_count_(socket.fd);
    const std::uint32_t more = drops - std::exchange(socket.drops, drops);
    metrics_.count(Counter::kernel_dropped, socket.family, more);
    sum += more;
  }
  return sum;
}

}  // namespace gyre::udp
