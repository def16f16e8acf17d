// What gyre_http counts, as Prometheus reads it: the sums over all workers.
#pragma once

#include "common/tracker/metrics_text.hpp"
#include "http/counters.hpp"

namespace gyre::http {

// Any thread may call it while the workers count.
void write_counters(metrics::TextWriter& out, const tracker::AllMetrics<WorkerMetrics>& workers);

}  // namespace gyre::http
