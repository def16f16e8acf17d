// The metrics of gyre_ws in the exposition format: the sums over all workers.
#pragma once

#include "common/swarm/budget.hpp"
#include "common/tracker/metrics_text.hpp"
#include "ws/counters.hpp"

namespace gyre::ws {

// May be called from any thread, while the workers count.
void write_metrics(metrics::ExpositionWriter& out,
                   const tracker::AllMetrics<WorkerMetrics>& workers, const swarm::Budget& budget);

}  // namespace gyre::ws
