// What was counted in a span of a run, while it lasts and afterwards: adds up the workers'
// statistics, takes a sample each second, keeps what the span began and ended with, and makes the
// report of it. It waits for nothing and sends nothing.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "load-test/process_usage.hpp"
#include "load-test/report.hpp"
#include "load-test/run_config.hpp"
#include "load-test/statistics.hpp"

namespace gyre::load_test {

WorkerStatistics make_statistics(std::size_t worker_count);
Totals totals_of(const WorkerStatistics& statistics);

class Measurement {
 public:
  // Begins now. The statistics and what the layout names outlive it; `tracker` are the
  // processes to watch.
  Measurement(const WorkerStatistics& statistics, const CountLayout& layout,
              std::vector<pid_t> tracker);

  void sample();  // call once a second
  void end();

  double seconds() const;
  double requests_per_s() const { return sum_per_s(layout_.requests); }
  double responses_per_s() const { return sum_per_s(layout_.responses); }
  double idle_share() const;

  // What happened since the last sample, in a line for those who wait.
  std::string live_line() const;

  // With everything that was counted until now, responses after the end included.
  Report report(const RunConfig& config) const;

  SearchStep search_step(const RunConfig& config, std::uint64_t rate) const;

 private:
  struct Moment {
    std::uint64_t time_ns = 0;
    Totals totals{};
    std::uint64_t own_cpu_ns = 0;
    std::optional<ProcessUsage> tracker;
  };
  Moment now() const;
  double per_s(Count count) const;
  double sum_per_s(std::span<const Named<Count>> rows) const;
  std::vector<Named<double>> rates_of(std::span<const Named<Count>> rows) const;
  double cpu_us(std::uint64_t begin_ns, std::uint64_t end_ns, double per_s) const;
  std::optional<TrackerUse> tracker_use() const;
  std::optional<MessageUse> message_use() const;

  double loss_share() const;

  const WorkerStatistics& statistics_;
  CountLayout layout_;
  std::vector<pid_t> tracker_;
  Moment begin_;
  Moment previous_;              // the last sample but one
  Moment last_;                  // the last sample, or the end
  std::vector<double> samples_;  // responses per second
};

// What kept a run in that mode from going faster. `rate` is what was asked for, 0 for no limit.
Limit limit_of(const Measurement& measurement, std::uint64_t rate);

}  // namespace gyre::load_test
