// The bounds of the swarms, from the settings and the host's memory.
#include "common/tracker/swarm_options.hpp"

#include <gtest/gtest.h>

namespace gyre::tracker {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

TEST(SwarmOptions, UseTheOperatorsValues) {
  const auto options = swarm_options(
      {.max_peers = 100, .max_torrents = 20, .max_peers_per_swarm = 30, .max_peers_per_address = 4},
      {}, mib, 1800);
  EXPECT_EQ(options.budget.peers, 100U);
  EXPECT_EQ(options.budget.torrents, 20U);
  EXPECT_EQ(options.budget.lot, 1U) << "small limits are exact";
  EXPECT_EQ(options.swarm.peers_per_swarm, 30U);
  EXPECT_EQ(options.swarm.peers_per_address, 4U);
  EXPECT_EQ(options.swarm.proof_age_s, 900U);
}

TEST(SwarmOptions, MemoryAloneLimitsByDefault) {
  const auto options = swarm_options({}, {}, 300 * mib, 1800);
  const swarm::BudgetLimits unlimited;
  EXPECT_EQ(options.budget.torrents, unlimited.torrents);
  EXPECT_EQ(options.budget.peers, unlimited.peers);
  EXPECT_EQ(options.budget.lot, 64U);
  EXPECT_EQ(options.swarm.peers_per_swarm, mib) << "a tenth of what memory holds";
}

TEST(SwarmOptions, SwarmsHoldAtLeastOnePeer) {
  EXPECT_EQ(swarm_options({.max_peers = 1}, {}, mib, 1800).swarm.peers_per_swarm, 1U);
  EXPECT_EQ(swarm_options({}, {}, 1, 1800).swarm.peers_per_swarm, 1U);
}

}  // namespace
}  // namespace gyre::tracker
