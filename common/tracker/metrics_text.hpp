// The metrics that every tracker has besides its own counters: latency of its workers, contents of
// the swarms. Workers' metrics are read while the workers update them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "common/metrics/exposition_writer.hpp"
#include "common/swarm/swarm_maps.hpp"

namespace gyre::tracker {

template <class WorkerMetrics>
using AllMetrics = std::vector<std::unique_ptr<WorkerMetrics>>;  // of each worker

void write_swarms(metrics::ExpositionWriter& out, const swarm::SwarmMaps& swarms);
void write_budget(metrics::ExpositionWriter& out, const swarm::Budget& budget);
void write_ring_overflows(metrics::ExpositionWriter& out, std::uint64_t count);

// The sums of a member that is a block of counters, over all workers.
template <class WorkerMetrics, class Block>
typename Block::Totals totals(const AllMetrics<WorkerMetrics>& workers,
                              Block WorkerMetrics::* block) {
  typename Block::Totals totals{};
  for (const auto& worker : workers) ((*worker).*block).add_to(totals);
  return totals;
}

template <class WorkerMetrics>
std::uint64_t sum(const AllMetrics<WorkerMetrics>& workers,
                  std::atomic<std::uint64_t> WorkerMetrics::* number) {
  std::uint64_t total = 0;
  for (const auto& worker : workers) total += ((*worker).*number).load(std::memory_order_relaxed);
  return total;
}

// Writes their member `latency`.
template <class WorkerMetrics>
void write_latency(metrics::ExpositionWriter& out, const AllMetrics<WorkerMetrics>& workers) {
  const auto latency = std::make_unique<decltype(WorkerMetrics::latency)>();
  for (const auto& worker : workers) latency->merge(worker->latency);
  out.histogram("gyre_response_latency_seconds",
                "Time from receiving a request to having all resulting messages ready.", "",
                *latency);
}

}  // namespace gyre::tracker
