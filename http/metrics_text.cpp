#include "http/metrics_text.hpp"

namespace gyre::http_tracker {

void write_counters(metrics::TextWriter& out, const tracker::AllMetrics<WorkerMetrics>& workers) {
  std::array<std::uint64_t, counter_rows.size()> of_families{};
  std::array<std::uint64_t, worker_counter_rows.size()> of_workers{};
  std::array<std::uint64_t, io::stream_counter_rows.size()> of_streams{};
  std::uint64_t open = 0;
  std::uint64_t ring_overflows = 0;
  for (const auto& worker : workers) {
    worker->counters.add_to(of_families);
    worker->worker_counters.add_to(of_workers);
    worker->streams.counters.add_to(of_streams);
    open += worker->streams.open.load(std::memory_order_relaxed);
    ring_overflows += worker->streams.ring_overflows.load(std::memory_order_relaxed);
  }
  out.counters(counter_rows, of_families);
  out.counters(worker_counter_rows, of_workers);
  out.counters(io::stream_counter_rows, of_streams);
  out.gauge("gyre_connections", "Connections that are open.", "", open);
  tracker::write_ring_overflows(out, ring_overflows);
  tracker::write_latency(out, workers,
                         "From taking a request from the kernel to having its response ready.");
}

}  // namespace gyre::http_tracker
