#include "common/tracker/announce_interval.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace gyre::tracker {

AnnounceInterval::AnnounceInterval(Seconds base_s, Seconds jitter_s, std::uint32_t load_max_percent)
    : base_s_(base_s),
      jitter_s_(jitter_s),
      load_max_percent_(load_max_percent),
      told_s_(base_s),
      longest_s_(base_s) {}

Result AnnounceInterval::start(Core& core) {
  if (load_max_percent_ == 0) return {};
  return core.start_thread("interval", [this, &core](const std::stop_token& stop) -> Result {
    run(core, stop);
    return {};
  });
}

void AnnounceInterval::run(const Core& core, const std::stop_token& stop) {
  AdaptiveInterval interval(base_s_, jitter_s_, load_max_percent_ / 100.0);
  std::uint64_t since_ns = monotonic_ns();
  std::uint64_t used_ns = core.worker_cpu_ns();
  bool was_longer = false;
  while (!stop.stop_requested()) {
    process::wait_for_stop(stop, std::chrono::seconds(AdaptiveInterval::period_s));
    if (stop.stop_requested()) return;  // workers that have ended are not counted any more
    const std::uint64_t now_ns = monotonic_ns();
    const std::uint64_t cpu_ns = core.worker_cpu_ns();
    const auto had_ns = static_cast<double>(now_ns - std::exchange(since_ns, now_ns));
    const auto took_ns = static_cast<double>(cpu_ns - std::exchange(used_ns, cpu_ns));
    interval.end_period(took_ns / (had_ns * static_cast<double>(core.busy_count_max())),
                        core.clock().seconds_at(now_ns));
    told_s_.store(interval.interval_s(), std::memory_order_relaxed);
    longest_s_.store(interval.longest_s(), std::memory_order_relaxed);
    const bool is_longer = interval.interval_s() > base_s_;
    if (is_longer && !was_longer) {
      spdlog::warn(fmt::format(
          "the workers use more than {} % of their CPU time (protocol.adaptive_interval): the "
          "interval that clients are told rises from {} s (gyre_announce_interval_seconds)",
          load_max_percent_, base_s_));
    }
    if (was_longer && !is_longer) spdlog::info("clients are told the configured interval again");
    was_longer = is_longer;
  }
}

Seconds AnnounceInterval::peer_age_s(Seconds max_age_s, bool is_scarce) const {
  const Seconds longest_s = longest_s_.load(std::memory_order_relaxed);
  const Seconds age_s = longest_s > base_s_
                            ? std::max(max_age_s, silence_max_s(longest_s, jitter_s_, 25))
                            : max_age_s;
  return is_scarce ? std::min(age_s, silence_max_s(longest_s, jitter_s_, 10)) : age_s;
}

void AnnounceInterval::write_metrics(metrics::ExpositionWriter& out) const {
  out.gauge("gyre_announce_interval_seconds",
            "Interval that clients are told, without jitter: longer than configured while workers "
            "are loaded.",
            "", std::uint64_t{told_s_.load(std::memory_order_relaxed)});
}

}  // namespace gyre::tracker
