// The bounds of the swarms, from the settings and the host's memory.
#include "common/tracker/swarm_options.hpp"

#include <gtest/gtest.h>

namespace gyre::tracker {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

TEST(SwarmOptions, UseTheOperatorsValues) {
  const auto options = swarm_options(
      {.max_peers = 100, .max_torrents = 20, .max_peers_per_swarm = 30, .max_peers_per_address = 4},
      {.memory = 1});
  EXPECT_EQ(options.budget.peers, 100u);
  EXPECT_EQ(options.budget.torrents, 20u);
  EXPECT_EQ(options.swarm.peers_per_swarm, 30u);
  EXPECT_EQ(options.swarm.peers_per_address, 4u);
}

struct MemoryCase {
  Host host;
  std::uint64_t torrents;
};

TEST(SwarmOptions, DefaultToWhatFitsIntoMemory) {
  const MemoryCase cases[] = {
      {{.memory = 1300 * mib, .other_memory = 0, .torrent_size = ipv4_torrent_size}, 7 * mib},
      {{.memory = 2100 * mib, .other_memory = 0}, 7 * mib},
      {{.memory = 1364 * mib, .other_memory = 64 * mib, .torrent_size = ipv4_torrent_size},
       7 * mib},
      // The rest is counted with at most three quarters of the memory.
      {{.memory = 1300 * mib, .other_memory = 1300 * mib, .torrent_size = ipv4_torrent_size},
       7 * mib / 4},
      {{.memory = 0, .other_memory = 0, .torrent_size = ipv4_torrent_size},
       512 * mib * 7 / 10 / 130},
      {{.memory = 1, .other_memory = 64 * mib}, 1000},
  };
  for (const auto& [host, torrents] : cases) {
    SCOPED_TRACE(host.memory);
    const auto options = swarm_options({}, host);
    EXPECT_EQ(options.budget.torrents, torrents);
    EXPECT_EQ(options.budget.peers, 3 * torrents);
    EXPECT_EQ(options.swarm.peers_per_swarm, 3 * torrents / 10);
  }
}

TEST(SwarmOptions, SwarmsHoldAtLeastOnePeer) {
  EXPECT_EQ(swarm_options({.max_peers = 1}, {}).swarm.peers_per_swarm, 1u);
}

}  // namespace
}  // namespace gyre::tracker
