// The numbers that every tracker with connections shows of them, and of the pages that it sends.
// Workers' metrics, whose members `streams` and `pages` this reads, are read while the workers
// count.
#pragma once

#include "common/connection/stream_counters.hpp"
#include "common/metrics/exposition_writer.hpp"
#include "common/metrics/page_counters.hpp"
#include "common/tracker/metrics_text.hpp"

namespace gyre::tracker {

template <class WorkerMetrics>
void write_streams(metrics::ExpositionWriter& out, const AllMetrics<WorkerMetrics>& workers) {
  decltype(connection::StreamMetrics::counters)::Totals of_streams{};
  std::uint64_t open = 0;
  std::uint64_t ring_overflows = 0;
  for (const auto& worker : workers) {
    worker->streams.counters.add_to(of_streams);
    open += worker->streams.open.load(std::memory_order_relaxed);
    ring_overflows += worker->streams.ring_overflows.load(std::memory_order_relaxed);
  }
  out.counters(metrics::page_counter_rows, tracker::totals(workers, &WorkerMetrics::pages));
  out.counters(connection::stream_counter_rows, of_streams);
  out.gauge("gyre_connections", "Open connections.", "", open);
  write_ring_overflows(out, ring_overflows);
}

}  // namespace gyre::tracker
