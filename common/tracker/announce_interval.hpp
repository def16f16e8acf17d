// The announce interval of a tracker, which its workers tell clients, and the thread that adapts it
// to the workers' load: the CPU time that they take, read once per period.
//
// Threading: what workers and the cleaner read may be read by any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <stop_token>

#include "common/metrics/exposition_writer.hpp"
#include "common/tracker/adaptive_interval.hpp"
#include "common/tracker/core.hpp"

namespace gyre::tracker {

class AnnounceInterval {
 public:
  // Clients are told `base_s` and up to `jitter_s` more. `load_max_percent` 0: it does not adapt.
  AnnounceInterval(Seconds base_s, Seconds jitter_s, std::uint32_t load_max_percent);

  // Begins to adapt it. REQUIRES: Core::start_workers() was called, and the core is stopped before
  // this is destroyed.
  Result start(Core& core);

  // What clients are told now.
  const std::atomic<Seconds>& told_s() const { return told_s_; }
  // The age at which a peer expires: `max_age_s`, or later if some may follow a longer interval
  // than `base_s`. While memory is scarce: a tenth after their latest announce is due.
  Seconds peer_age_s(Seconds max_age_s, bool is_scarce) const;

  void write_metrics(metrics::ExpositionWriter& out) const;

 private:
  void run(const Core& core, const std::stop_token& stop);

  Seconds base_s_;
  Seconds jitter_s_;
  std::uint32_t load_max_percent_;
  std::atomic<Seconds> told_s_;
  std::atomic<Seconds> longest_s_;  // that some client may follow
};

}  // namespace gyre::tracker
