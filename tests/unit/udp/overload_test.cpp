#include "udp/overload.hpp"

#include <gtest/gtest.h>

namespace gyre::udp {
namespace {

// Of one interval: turns of 32 datagrams.
struct Load {
  int turns = 0;
  int full_turns = 0;
  std::uint64_t answered_per_turn = 32;
  std::uint64_t kernel_drops = 0;
  std::uint64_t shed = 0;
};
constexpr Load idle{};
constexpr Load busy{.turns = 100, .full_turns = 100};
constexpr Load flooded{.turns = 100, .full_turns = 100, .kernel_drops = 1000};

unsigned after(OverloadLevel& level, const Load& load, int intervals = 1) {
  unsigned now = 0;
  for (int i = 0; i < intervals; ++i) {
    for (int turn = 0; turn < load.turns; ++turn) {
      const bool is_full = turn < load.full_turns;
      level.count_turn(is_full ? 32 : 1, is_full ? load.answered_per_turn : 1, is_full);
    }
    now = level.end_interval(load.kernel_drops, load.shed);
  }
  return now;
}

TEST(OverloadLevel, RisesWhileTheKernelDropsBehindFullTurns) {
  OverloadLevel level;
  EXPECT_EQ(after(level, idle, 100), 0U);
  EXPECT_EQ(after(level, busy, 100), 0U) << "it keeps up";
  EXPECT_EQ(after(level, flooded), 1U);
  EXPECT_EQ(after(level, flooded), 2U);
  EXPECT_EQ(after(level, flooded, 100), OverloadLevel::level_max);
}

// A burst that does not fit into the receive buffer, of a worker that is idle otherwise.
TEST(OverloadLevel, ABurstIsNoOverload) {
  OverloadLevel level;
  EXPECT_EQ(after(level, {.turns = 100, .full_turns = 80, .kernel_drops = 1000}, 100), 0U);
}

TEST(OverloadLevel, DoesNotRiseWhereFewerAnswersDoNotHelp) {
  OverloadLevel level;
  EXPECT_EQ(after(level, flooded, 2), 2U);
  Load unanswered = flooded;
  unanswered.answered_per_turn = 10;
  EXPECT_EQ(after(level, unanswered, 100), 2U);
}

TEST(OverloadLevel, StaysWhileWhatIsShedCouldNotBeServed) {
  OverloadLevel level;
  EXPECT_EQ(after(level, flooded, 3), 3U);  // of 3200 answers
  EXPECT_EQ(after(level, {.turns = 100, .full_turns = 20, .shed = 2400}, 100), 3U);
  EXPECT_EQ(after(level, {.turns = 100, .full_turns = 20, .shed = 1500}, 9), 3U);
  EXPECT_EQ(after(level, {.turns = 100, .full_turns = 20, .shed = 1500}), 2U) << "in one second";
}

TEST(OverloadLevel, FallsToNothing) {
  OverloadLevel level;
  EXPECT_EQ(after(level, flooded, 100), 8U);
  EXPECT_EQ(after(level, idle, 79), 1U);
  EXPECT_EQ(after(level, idle), 0U);
  EXPECT_EQ(after(level, idle, 100), 0U);
}

std::uint32_t drops_of_sockets[2];

TEST(OverloadMeter, CountsTheDropsOfAllSockets) {
  WorkerMetrics metrics;
  OverloadMeter meter([](int fd) { return drops_of_sockets[fd]; }, metrics);
  meter.watch(0, Family::ipv4);
  meter.watch(1, Family::ipv6);
  drops_of_sockets[0] = 5;
  drops_of_sockets[1] = 7;
  const std::uint64_t start = 1'000'000'000;
  EXPECT_EQ(meter.next_interval(start), 0U) << "no turn was full";
  EXPECT_EQ(metrics.count_of(Counter::kernel_dropped), 12U);
  for (int i = 0; i < 10; ++i) meter.count_turn(32, 32, true);
  drops_of_sockets[1] = 8;
  EXPECT_EQ(meter.next_interval(start + OverloadLevel::interval_ns - 1), std::nullopt);
  EXPECT_EQ(meter.next_interval(start + OverloadLevel::interval_ns), 1U);
  EXPECT_EQ(metrics.count_of(Counter::kernel_dropped), 13U);
  EXPECT_EQ(metrics.overload_level.load(), 1U);
}

}  // namespace
}  // namespace gyre::udp
