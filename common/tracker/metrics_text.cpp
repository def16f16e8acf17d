#include "common/tracker/metrics_text.hpp"

namespace gyre::tracker {

void write_ring_overflows(metrics::ExpositionWriter& out, std::uint64_t count) {
  out.counter("gyre_ring_overflows_total",
              "Times that a worker's completion queue was full and the kernel held completions "
              "back.",
              "", count);
}

void write_budget(metrics::ExpositionWriter& out, const swarm::Budget& budget) {
  constexpr std::string_view used_help = "Budget in use, both address families together.";
  constexpr std::string_view limit_help = "Size of the budget; absent if only memory limits it.";
  constexpr swarm::BudgetLimits unlimited;
  const swarm::BudgetLimits& limits = budget.limits();
  out.gauge("gyre_budget_used", used_help, R"(budget="peers")", budget.peer_count());
  out.gauge("gyre_budget_used", used_help, R"(budget="torrents")", budget.torrent_count());
  if (limits.peers < unlimited.peers) {
    out.gauge("gyre_budget_limit", limit_help, R"(budget="peers")", limits.peers);
  }
  if (limits.torrents < unlimited.torrents) {
    out.gauge("gyre_budget_limit", limit_help, R"(budget="torrents")", limits.torrents);
  }
}

void write_swarms(metrics::ExpositionWriter& out, const swarm::SwarmMaps& swarms) {
  const auto ipv4 = swarms.totals(Family::ipv4);
  const auto ipv6 = swarms.totals(Family::ipv6);
  const auto gauge = [&](std::string_view name, std::string_view help,
                         std::uint64_t swarm::MapTotals::* total) {
    out.gauge(name, help, R"(ip="4")", ipv4.*total);
    out.gauge(name, help, R"(ip="6")", ipv6.*total);
  };
  gauge("gyre_torrents", "Torrents known.", &swarm::MapTotals::torrent_count);
  gauge("gyre_peers", "Peers stored, including seeders.", &swarm::MapTotals::peer_count);
  gauge("gyre_seeders", "Seeders known.", &swarm::MapTotals::seeder_count);
  out.counter("gyre_torrents_evicted_total",
              "Torrents that lost their place to newcomers while a budget was scarce.", "",
              swarms.evicted_torrent_count());
  write_budget(out, swarms.budget);
}

}  // namespace gyre::tracker
