// How much memory the process may use: what is configured, and what the system has left.
#include "common/tracker/memory_watch.hpp"

#include <gtest/gtest.h>

namespace gyre::tracker {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

TEST(MemoryLimit, IsTheOperatorsOrFourFifthsOfTheHost) {
  EXPECT_EQ(memory_limit(7 * mib), 7 * mib);
  EXPECT_GT(memory_limit(0), 64 * mib);
}

TEST(MemoryLimit, LeavesATenthOfTheSystemToOthers) {
  struct Row {
    std::uint64_t resident;
    std::uint64_t available;
    std::uint64_t now;
  };
  // Of 1,000 MiB, with a limit of 800.
  const Row rows[] = {{10, 980, 800},  {500, 480, 800}, {500, 300, 700}, {500, 150, 550},
                      {500, 100, 500}, {500, 20, 500},  {900, 50, 800}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.available);
    const process::MemoryUse use{.resident = row.resident * mib, .available = row.available * mib};
    EXPECT_EQ(memory_limit_now(800 * mib, use, 1'000 * mib), row.now * mib);
  }
  EXPECT_EQ(memory_limit_now(800, {.resident = 5}, 0), 800U) << "nothing is known of the system";
  const process::MemoryUse small{.resident = 3 * mib, .available = 0};
  EXPECT_EQ(memory_limit_now(100 * mib, small, 1'000 * mib), 64 * mib) << "some is its own";
  EXPECT_EQ(memory_limit_now(8 * mib, small, 1'000 * mib), 8 * mib);
  const process::MemoryUse large{.resident = 3 * mib, .available = 5'000 * mib};
  EXPECT_EQ(memory_limit_now(8'000 * mib, large, 64'000 * mib), 4'491 * mib) << "512 are left";
}

// Three trackers that fill one machine, one after the other, end within it.
TEST(MemoryLimit, SeveralProcessesStayWithinTheMachineTogether) {
  constexpr std::uint64_t machine = 1'000 * mib;
  std::uint64_t resident[3] = {10 * mib, 10 * mib, 10 * mib};
  for (int round = 0; round < 1'000; ++round) {
    for (std::uint64_t& own : resident) {
      const std::uint64_t all = resident[0] + resident[1] + resident[2];
      const process::MemoryUse use{.resident = own, .available = machine - all};
      if (memory_limit_now(800 * mib, use, machine) >= own + mib) own += mib;
    }
  }
  EXPECT_LE(resident[0] + resident[1] + resident[2], machine / 10 * 9);
  EXPECT_GE(resident[0] + resident[1] + resident[2], machine / 10 * 9 - 3 * mib);
}

TEST(MemoryWatch, TellsTheBudgetFromTheBeginning) {
  swarm::Budget budget;
  const MemoryWatch watch(std::uint64_t{1} << 40, budget);
  EXPECT_GT(budget.memory_limit(), 0U);
  EXPECT_FALSE(budget.is_scarce());
  swarm::Budget small;
  const MemoryWatch full(mib, small);  // the test alone takes more
  EXPECT_TRUE(small.is_scarce());
  EXPECT_FALSE(small.take_torrent());
  metrics::ExpositionWriter out;
  full.write_metrics(out);
  EXPECT_NE(out.text().find("gyre_memory_limit_bytes 1048576"), std::string::npos);
  EXPECT_NE(out.text().find("gyre_budget_scarce 1"), std::string::npos);
}

}  // namespace
}  // namespace gyre::tracker
