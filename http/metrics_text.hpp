// The metrics of gyre_http in the exposition format: the sums over all workers.
#pragma once

#include "common/tracker/metrics_text.hpp"
#include "http/counters.hpp"

namespace gyre::http {

// May be called from any thread, while the workers count.
void write_counters(metrics::TextWriter& out, const tracker::AllMetrics<WorkerMetrics>& workers);

}  // namespace gyre::http
