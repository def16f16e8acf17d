// The numbers that every tracker shows beside its own counters: its version, its workers' loops,
// what the swarms hold now.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "common/metrics/loop_metrics.hpp"
#include "common/metrics/text_writer.hpp"
#include "common/swarm/swarm_map.hpp"

namespace gyre::tracker {

void write_program(metrics::TextWriter& out, std::size_t worker_count);
void write_swarms(metrics::TextWriter& out, const swarm::SwarmMaps& swarms);

// The sum over all workers; their metrics have a member `loop`. `latency_help` says from when to
// when a response's latency is measured.
template <class WorkerMetrics>
void write_loops(metrics::TextWriter& out, std::span<const std::unique_ptr<WorkerMetrics>> workers,
                 std::string_view latency_help) {
  const auto total = std::make_unique<metrics::LoopMetrics>();
  for (const auto& worker : workers) total->add(worker->loop);
  total->write(out, latency_help);
}

}  // namespace gyre::tracker
