// The metrics of connections that every tracker with connections has, from the member `streams` of
// its workers' metrics, which are read while the workers update them.
#pragma once

#include "common/connection/stream_counters.hpp"
#include "common/metrics/text_writer.hpp"
#include "common/tracker/metrics_text.hpp"

namespace gyre::tracker {

template <class WorkerMetrics>
void write_streams(metrics::TextWriter& out, const AllMetrics<WorkerMetrics>& workers) {
  std::array<std::uint64_t, connection::stream_counter_rows.size()> totals{};
  std::uint64_t open = 0;
  std::uint64_t ring_overflows = 0;
  for (const auto& worker : workers) {
    worker->streams.counters.add_to(totals);
    open += worker->streams.open.load(std::memory_order_relaxed);
    ring_overflows += worker->streams.ring_overflows.load(std::memory_order_relaxed);
  }
  out.counters(connection::stream_counter_rows, totals);
  out.gauge("gyre_connections", "Open connections.", "", open);
  write_ring_overflows(out, ring_overflows);
}

}  // namespace gyre::tracker
