#include "udp/metrics_text.hpp"

#include "common/metrics/text_writer.hpp"

namespace gyre::udp {
namespace {

using Workers = std::span<const std::unique_ptr<WorkerMetrics>>;

void write_counters(metrics::TextWriter& out, Workers workers) {
  std::array<std::uint64_t, counter_rows.size()> totals{};
  std::uint64_t ring_overflows = 0;
  std::uint64_t receive_pauses = 0;
  for (const auto& worker : workers) {
    worker->counters.add_to(totals);
    ring_overflows += worker->ring_overflows.load(std::memory_order_relaxed);
    receive_pauses += worker->receive_pauses.load(std::memory_order_relaxed);
  }
  out.counters(counter_rows, totals);
  out.counter("gyre_ring_overflows_total",
              "Times that completions found no room in a worker's ring and came later.", "",
              ring_overflows);
  out.counter("gyre_receive_pauses_total",
              "Times that receiving paused because all receive buffers were in use.", "",
              receive_pauses);
}

void write_swarms(metrics::TextWriter& out, const swarm::SwarmMaps& swarms) {
  const auto ipv4 = swarms.totals(Family::ipv4);
  const auto ipv6 = swarms.totals(Family::ipv6);
  const auto gauge = [&](std::string_view name, std::string_view help,
                         std::uint64_t swarm::MapTotals::* total) {
    out.gauge(name, help, R"(ip="4")", ipv4.*total);
    out.gauge(name, help, R"(ip="6")", ipv6.*total);
  };
  gauge("gyre_torrents", "Torrents known.", &swarm::MapTotals::torrent_count);
  gauge("gyre_peers", "Peers known, seeders included.", &swarm::MapTotals::peer_count);
  gauge("gyre_seeders", "Seeders known.", &swarm::MapTotals::seeder_count);
  constexpr std::string_view used_help = "What is used of a budget of both families together.";
  constexpr std::string_view limit_help = "What may be used of it.";
  out.gauge("gyre_budget_used", used_help, R"(budget="peers")", swarms.budget.peer_count());
  out.gauge("gyre_budget_used", used_help, R"(budget="torrents")", swarms.budget.torrent_count());
  out.gauge("gyre_budget_limit", limit_help, R"(budget="peers")", swarms.budget.limits().peers);
  out.gauge("gyre_budget_limit", limit_help, R"(budget="torrents")",
            swarms.budget.limits().torrents);
}

void write_latency(metrics::TextWriter& out, Workers workers) {
  auto latency = std::make_unique<decltype(WorkerMetrics::latency)>();
  for (const auto& worker : workers) latency->merge(worker->latency);
  out.histogram("gyre_response_latency_seconds",
                "From taking a datagram from the kernel to handing over its response.", "",
                *latency);
}

}  // namespace

std::string metrics_text(Workers workers, const swarm::SwarmMaps& swarms,
                         const metrics::ProcessMetrics& process) {
  metrics::TextWriter out;
  out.gauge("gyre_build_info", "The version that runs.", metrics::label("version", GYRE_VERSION),
            std::uint64_t{1});
  out.gauge("gyre_workers", "Threads that serve requests.", "", std::uint64_t{workers.size()});
  write_counters(out, workers);
  write_swarms(out, swarms);
  write_latency(out, workers);
  process.write(out);
  return std::move(out).text();
}

}  // namespace gyre::udp
