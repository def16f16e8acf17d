#include "common/swarm/budget.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "common/base/random.hpp"
#include "tests/support/scale.hpp"

namespace gyre::swarm {
namespace {

// How many peers a swarm that always says it has `swarm_peer_count` may take in.
std::uint64_t taken(Budget& budget, std::uint32_t swarm_peer_count) {
  std::uint64_t count = 0;
  while (budget.take_peer(swarm_peer_count)) ++count;
  return count;
}

struct Case {
  std::uint64_t limit;
  std::uint64_t for_all;    // swarms
  std::uint64_t for_small;  // in addition
};

TEST(Budget, KeepsATwentiethForSwarmsWithFewPeers) {
  const Case rows[] = {{0, 0, 0},   {1, 1, 0},    {19, 19, 0},     {20, 19, 1},     {39, 38, 1},
                       {40, 38, 2}, {100, 95, 5}, {1000, 950, 50}, {1999, 1900, 99}};
  for (const Case& row : rows) {
    SCOPED_TRACE(row.limit);
    Budget budget({.peers = row.limit});
    EXPECT_EQ(taken(budget, Budget::few_peers), row.for_all);
    EXPECT_EQ(taken(budget, 1'000'000), 0U);
    EXPECT_EQ(taken(budget, Budget::few_peers - 1), row.for_small);
    EXPECT_EQ(taken(budget, 0), 0U);
    EXPECT_EQ(budget.peer_count(), row.limit);
  }
}

TEST(Budget, SmallSwarmsMayTakeEverything) {
  Budget budget({.peers = 100});
  EXPECT_EQ(taken(budget, 0), 100U);
  budget.give_peers(5);
  EXPECT_EQ(taken(budget, 100), 0U) << "the reserve comes first";
  budget.give_peers(1);
  EXPECT_EQ(taken(budget, 100), 1U);
}

TEST(Budget, WhatIsGivenBackMayBeTakenAgain) {
  Budget budget({.peers = 10, .torrents = 2});
  EXPECT_EQ(taken(budget, 1), 10U);
  budget.give_peers(7);
  EXPECT_EQ(budget.peer_count(), 3U);
  EXPECT_EQ(taken(budget, 1), 7U);
  EXPECT_TRUE(budget.take_torrent());
  EXPECT_TRUE(budget.take_torrent());
  EXPECT_FALSE(budget.take_torrent());
  budget.give_torrent();
  EXPECT_EQ(budget.torrent_count(), 1U);
  EXPECT_TRUE(budget.take_torrent());
  EXPECT_FALSE(budget.take_torrent());
  EXPECT_EQ(budget.torrent_count(), 2U);
}

TEST(Budget, WithoutLimitsTakesAll) {
  Budget budget;
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_TRUE(budget.take_peer(2));
    ASSERT_TRUE(budget.take_torrent());
  }
  EXPECT_EQ(budget.peer_count(), 100'000U);
  EXPECT_EQ(budget.torrent_count(), 100'000U);
}

TEST(Budget, LimitsMemory) {
  Budget budget;
  EXPECT_EQ(budget.pressure(), 0);
  budget.set_memory(1000, 0);
  EXPECT_LT(budget.pressure(), 1e-9) << "0 is no limit";
  budget.set_memory(900'000, 1'000'000);
  EXPECT_NEAR(budget.pressure(), 0.9, 0.001);
  const std::uint64_t torrents = [&] {
    std::uint64_t count = 0;
    while (budget.take_torrent()) ++count;
    return count;
  }();
  EXPECT_GT(torrents, 100U) << "what was taken since the measurement counts by estimate";
  EXPECT_LT(torrents, 10'000U);
  EXPECT_LE(taken(budget, 0), 1U) << "a peer takes less than a torrent";
  EXPECT_FALSE(budget.take_torrent());
  budget.give_torrent();
  EXPECT_TRUE(budget.take_torrent()) << "one for one";
  budget.set_memory(960'000, 1'000'000);
  EXPECT_FALSE(budget.take_peer(Budget::few_peers));
  EXPECT_TRUE(budget.take_peer(0));
  EXPECT_TRUE(budget.take_torrent());
}

// The tightest of the limits counts, and evictions become certain before it is reached.
TEST(Budget, PressureDecidesHowOftenSomebodyIsEvicted) {
  struct Row {
    std::uint64_t taken;
    double evictions_min;
    double evictions_max;
  };
  const Row rows[] = {{799, 0, 0}, {800, 0, 0}, {875, 0.45, 0.55}, {951, 1, 1}, {1000, 1, 1}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.taken);
    Budget budget({.peers = 1000, .torrents = 100'000});
    for (std::uint64_t i = 0; i < row.taken; ++i) EXPECT_TRUE(budget.take_peer(0));
    EXPECT_TRUE(budget.take_torrent());
    Random random(1);
    int evictions = 0;
    for (int i = 0; i < 10'000; ++i) evictions += budget.must_evict(random) ? 1 : 0;
    EXPECT_GE(evictions, row.evictions_min * 10'000);
    EXPECT_LE(evictions, row.evictions_max * 10'000);
  }
}

TEST(BudgetShare, TakesLotsAndLeavesTheBudgetExact) {
  Budget budget({.peers = 100, .lot = 8});
  std::uint16_t spare = 0;
  const BudgetShare share(&budget, &spare);
  EXPECT_TRUE(share.take_peer(0));
  EXPECT_EQ(budget.peer_count(), 8U);
  EXPECT_EQ(spare, 7U);
  std::uint64_t taken = 1;
  while (share.take_peer(0)) ++taken;
  EXPECT_EQ(taken, 100U) << "the last ones one by one";
  share.give_peers(50);
  EXPECT_EQ(budget.peer_count(), 50U + spare);
  EXPECT_LT(spare, 8U);
}

// Threads take and give at random, with more to take than there is. What they have in all is added
// up elsewhere, after taking and before giving, so that it is never more than the budget's count.
TEST(Budget, ThreadsNeverGetMoreThanThereIs) {
  constexpr std::uint64_t peers_max = 200;
  constexpr std::uint64_t torrents_max = 7;
  Budget budget({.peers = peers_max, .torrents = torrents_max});
  std::atomic<std::uint64_t> peers{0};
  std::atomic<std::uint64_t> torrents{0};
  std::atomic<std::uint64_t> excesses{0};
  const auto work = [&](std::uint64_t seed) {
    Random random(seed);
    std::uint64_t peers_held = 0;
    std::uint64_t torrents_held = 0;
    for (std::size_t i = 0; i < test::scaled(200'000); ++i) {
      if (random.below(8) > 0) {
        if (budget.take_peer(random.below(4))) {
          ++peers_held;
          excesses += ++peers > peers_max ? 1 : 0;
        }
      } else if (const std::uint64_t given = random.below(16); given <= peers_held) {
        peers_held -= given;
        peers -= given;
        budget.give_peers(given);
      }
      if (random.below(2) == 0) {
        if (budget.take_torrent()) {
          ++torrents_held;
          excesses += ++torrents > torrents_max ? 1 : 0;
        }
      } else if (torrents_held > 0) {
        --torrents_held;
        --torrents;
        budget.give_torrent();
      }
    }
  };
  std::vector<std::jthread> threads;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) threads.emplace_back(work, seed);
  threads.clear();
  EXPECT_EQ(excesses, 0U);
  EXPECT_EQ(budget.peer_count(), peers);
  EXPECT_EQ(budget.torrent_count(), torrents);
  EXPECT_EQ(taken(budget, 0), peers_max - peers);
}

}  // namespace
}  // namespace gyre::swarm
