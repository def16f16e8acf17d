#include "http/metrics_text.hpp"

#include "common/tracker/stream_metrics.hpp"

namespace gyre::http {

void write_counters(metrics::TextWriter& out, const tracker::AllMetrics<WorkerMetrics>& workers) {
  std::array<std::uint64_t, counter_rows.size()> of_families{};
  std::array<std::uint64_t, worker_counter_rows.size()> of_workers{};
  for (const auto& worker : workers) {
    worker->counters.add_to(of_families);
    worker->worker_counters.add_to(of_workers);
  }
  out.counters(counter_rows, of_families);
  out.counters(worker_counter_rows, of_workers);
  tracker::write_streams(out, workers);
  tracker::write_latency(out, workers,
                         "Time from receiving a request to having its response ready.");
}

}  // namespace gyre::http
