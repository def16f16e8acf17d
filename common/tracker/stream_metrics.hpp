// The metrics of connections and pages that every tracker with connections has, from the members
// `streams` and `pages` of its workers' metrics, which are read while the workers update them.
#pragma once

#include "common/connection/counters.hpp"
#include "common/metrics/exposition_writer.hpp"
#include "common/metrics/page_counters.hpp"
#include "common/tracker/metrics_text.hpp"

namespace gyre::tracker {

template <class WorkerMetrics>
void write_streams(metrics::ExpositionWriter& out, const AllMetrics<WorkerMetrics>& workers) {
  decltype(connection::Metrics::counters)::Totals of_streams{};
  std::uint64_t open = 0;
  std::uint64_t ring_overflows = 0;
  for (const auto& worker : workers) {
    worker->streams.counters.add_to(of_streams);
    open += worker->streams.open.load(std::memory_order_relaxed);
    ring_overflows += worker->streams.ring_overflows.load(std::memory_order_relaxed);
  }
  out.counters(metrics::page_counter_rows, tracker::totals(workers, &WorkerMetrics::pages));
  out.counters(connection::counter_rows, of_streams);
  out.gauge("gyre_connections", "Open connections.", "", open);
  write_ring_overflows(out, ring_overflows);
}

}  // namespace gyre::tracker
