// What was counted in a span of a run, while it lasts and afterwards. Between the workers'
// statistics and the report: it adds up, takes a sample each second, and keeps what the span began
// and ended with. Waits for nothing and sends nothing.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "load-test/process_usage.hpp"
#include "load-test/report.hpp"
#include "load-test/udp/config.hpp"
#include "load-test/udp/statistics.hpp"

namespace gyre::udp_load {

using Totals = std::array<std::uint64_t, count_count>;

// One for each worker.
using WorkerStatistics = std::vector<std::unique_ptr<Statistics>>;

WorkerStatistics make_statistics(std::size_t worker_count);
Totals totals_of(const WorkerStatistics& statistics);
std::unique_ptr<metrics::Histogram<>> latency_of(const WorkerStatistics& statistics);

class Measurement {
 public:
  // Begins now. The statistics outlive it; `tracker` is a process to watch, 0 for none.
  Measurement(const WorkerStatistics& statistics, pid_t tracker);

  void sample();  // call once a second
  void end();

  double seconds() const;
  double per_s(Count what) const;
  double requests_per_s() const;
  double responses_per_s() const;
  double idle_share() const;

  // What happened since the last sample, in a line for those who wait.
  std::string live_line() const;

  // With everything that was counted until now, answers that came after the end included.
  load_test::Report report(const Config& config) const;

  load_test::SearchStep search_step(const Config& config, std::uint64_t rate) const;

 private:
  struct Moment {
    std::uint64_t time_ns = 0;
    Totals totals{};
    std::uint64_t own_cpu_ns = 0;
    std::optional<load_test::ProcessUsage> tracker;
  };
  Moment now() const;
  load_test::GeneratorUse generator_use() const;
  std::optional<load_test::TrackerUse> tracker_use() const;

  const WorkerStatistics& statistics_;
  pid_t tracker_;
  Moment begin_;
  Moment previous_;              // the last sample but one
  Moment last_;                  // the last sample, or the end
  std::vector<double> samples_;  // responses per second
};

// What kept a run in that mode from going faster. `rate` is what was asked for, 0 for no limit.
load_test::Limit limit_of(const Measurement& measurement, std::uint64_t rate);

}  // namespace gyre::udp_load
