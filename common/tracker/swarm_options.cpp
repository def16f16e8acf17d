#include "common/tracker/swarm_options.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>

#include "common/base/check.hpp"

namespace gyre::tracker {
namespace {

std::uint64_t or_default(std::uint32_t set, std::uint64_t otherwise) {
  return set > 0 ? set : otherwise;
}

}  // namespace

std::uint64_t torrents_that_fit(std::uint64_t memory, std::uint64_t other_memory,
                                std::uint64_t torrent_size) {
  constexpr std::uint64_t memory_unknown = std::uint64_t{512} << 20;
  DCHECK(torrent_size > 0);
  if (memory == 0) memory = memory_unknown;
  memory -= std::min(memory / 4 * 3, other_memory);
  return std::max<std::uint64_t>(memory * 7 / 10 / torrent_size, 1000);
}

swarm::BudgetLimits budget_limits(std::uint32_t max_peers, std::uint32_t max_torrents,
                                  std::uint64_t torrents) {
  return {.peers = or_default(max_peers, 3 * torrents),
          .torrents = or_default(max_torrents, torrents)};
}

void log_budget(const swarm::BudgetLimits& limits) {
  spdlog::info(fmt::format("limits: {} peers, {} torrents", limits.peers, limits.torrents));
}

swarm::SwarmMapsOptions swarm_options(const config::LimitsConfig& limits, std::uint64_t torrents) {
  const auto budget = budget_limits(limits.max_peers, limits.max_torrents, torrents);
  const std::uint64_t swarm =
      or_default(limits.max_peers_per_swarm, std::max<std::uint64_t>(budget.peers / 10, 1));
  return {.budget = budget,
          .swarm = {.peers_per_swarm = static_cast<std::uint32_t>(
                        std::min<std::uint64_t>(swarm, std::numeric_limits<std::uint32_t>::max())),
                    .peers_per_address = limits.max_peers_per_address}};
}

}  // namespace gyre::tracker
