#include "ws/metrics_text.hpp"

#include "common/tracker/stream_metrics.hpp"

namespace gyre::ws {

void write_metrics(metrics::TextWriter& out, const tracker::AllMetrics<WorkerMetrics>& workers,
                   const swarm::Budget& budget) {
  std::array<std::uint64_t, counter_rows.size()> of_families{};
  std::array<std::uint64_t, worker_counter_rows.size()> of_workers{};
  for (const auto& worker : workers) {
    worker->counters.add_to(of_families);
    worker->worker_counters.add_to(of_workers);
  }
  out.counters(counter_rows, of_families);
  out.counters(worker_counter_rows, of_workers);
  tracker::write_streams(out, workers);
  tracker::write_latency(out, workers,
                         "Time from receiving a message to having all resulting messages ready.");
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
