// The bounds of the swarms, from the settings and the host's memory.
#include "common/tracker/swarm_options.hpp"

#include <gtest/gtest.h>

namespace gyre::tracker {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

TEST(SwarmOptions, UseTheOperatorsValues) {
  const auto options = swarm_options(
      {.max_peers = 100, .max_torrents = 20, .max_peers_per_swarm = 30, .max_peers_per_address = 4},
      1000);
  EXPECT_EQ(options.budget.peers, 100u);
  EXPECT_EQ(options.budget.torrents, 20u);
  EXPECT_EQ(options.swarm.peers_per_swarm, 30u);
  EXPECT_EQ(options.swarm.peers_per_address, 4u);
}

TEST(SwarmOptions, DefaultToWhatFitsIntoMemory) {
  constexpr std::uint64_t size = ipv4_torrent_size;
  EXPECT_EQ(torrents_that_fit(1300 * mib, 0, size), 7 * mib);
  EXPECT_EQ(torrents_that_fit(2100 * mib, 0, ipv6_torrent_size), 7 * mib);
  EXPECT_EQ(torrents_that_fit(1364 * mib, 64 * mib, size), 7 * mib);
  // The rest is counted with at most three quarters of the memory.
  EXPECT_EQ(torrents_that_fit(1300 * mib, 1300 * mib, size), 7 * mib / 4);
  EXPECT_EQ(torrents_that_fit(0, 0, size), 512 * mib * 7 / 10 / 130);
  EXPECT_EQ(torrents_that_fit(1, 64 * mib, ipv6_torrent_size), 1000U);
  const auto options = swarm_options({}, 7 * mib);
  EXPECT_EQ(options.budget.torrents, 7 * mib);
  EXPECT_EQ(options.budget.peers, 3 * 7 * mib);
  EXPECT_EQ(options.swarm.peers_per_swarm, 3 * 7 * mib / 10);
}

TEST(SwarmOptions, SwarmsHoldAtLeastOnePeer) {
  EXPECT_EQ(swarm_options({.max_peers = 1}, 1000).swarm.peers_per_swarm, 1u);
}

}  // namespace
}  // namespace gyre::tracker
