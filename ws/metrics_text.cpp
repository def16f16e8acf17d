#include "ws/metrics_text.hpp"

#include "common/tracker/stream_metrics.hpp"

namespace gyre::ws {

void write_metrics(metrics::ExpositionWriter& out,
                   const tracker::AllMetrics<WorkerMetrics>& workers, const swarm::Budget& budget) {
  out.counters(counter_rows, tracker::totals(workers, &WorkerMetrics::counters));
  out.counters(worker_counter_rows, tracker::totals(workers, &WorkerMetrics::worker_counters));
  tracker::write_streams(out, workers);
  tracker::write_latency(out, workers);
  const auto gauge = [&](std::string_view name, std::string_view help,
                         std::atomic<std::uint64_t> WorkerMetrics::* number) {
    out.gauge(name, help, "", tracker::sum(workers, number));
  };
  gauge("gyre_websockets", "Open WebSockets.", &WorkerMetrics::websockets);
  gauge("gyre_torrents", "Torrents known.", &WorkerMetrics::torrents);
  gauge("gyre_peers", "Peers stored, including seeders.", &WorkerMetrics::peers);
  gauge("gyre_seeders", "Seeders known.", &WorkerMetrics::seeders);
  gauge("gyre_answers_due", "Relayed offers that may still be answered.",
        &WorkerMetrics::answers_due);
  tracker::write_budget(out, budget);
}

}  // namespace gyre::ws
