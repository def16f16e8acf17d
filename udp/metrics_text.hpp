// The tracker's numbers as Prometheus reads them: counters of all workers added up, what the swarms
// hold now, and the process itself.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "common/metrics/process_metrics.hpp"
#include "common/swarm/swarm_map.hpp"
#include "udp/counters.hpp"

namespace gyre::udp {

// Any thread may call it, one at a time, while the workers count.
std::string metrics_text(std::span<const std::unique_ptr<WorkerMetrics>> workers,
                         const swarm::SwarmMaps& swarms, const metrics::ProcessMetrics& process);

}  // namespace gyre::udp
