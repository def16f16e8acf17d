// The metrics that every tracker has besides its own counters: version, latency of its workers,
// contents of the swarms. Workers' metrics are read while the workers update them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "common/metrics/text_writer.hpp"
#include "common/swarm/swarm_map.hpp"

namespace gyre::tracker {

template <class WorkerMetrics>
using AllMetrics = std::vector<std::unique_ptr<WorkerMetrics>>;  // of each worker

void write_program(metrics::TextWriter& out, std::size_t worker_count);
void write_swarms(metrics::TextWriter& out, const swarm::SwarmMaps& swarms);
void write_budget(metrics::TextWriter& out, const swarm::Budget& budget);
void write_ring_overflows(metrics::TextWriter& out, std::uint64_t count);

template <class WorkerMetrics>
std::uint64_t sum(const AllMetrics<WorkerMetrics>& workers,
                  std::atomic<std::uint64_t> WorkerMetrics::* number) {
  std::uint64_t total = 0;
  for (const auto& worker : workers) total += ((*worker).*number).load(std::memory_order_relaxed);
  return total;
}

// Writes their member `latency`; `help` says what exactly is measured.
template <class WorkerMetrics>
void write_latency(metrics::TextWriter& out, const AllMetrics<WorkerMetrics>& workers,
                   std::string_view help) {
  const auto latency = std::make_unique<decltype(WorkerMetrics::latency)>();
  for (const auto& worker : workers) latency->merge(worker->latency);
  out.histogram("gyre_response_latency_seconds", help, "", *latency);
}

}  // namespace gyre::tracker
