#include "load-test/schedule.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gyre::load_test {
namespace {

TEST(Schedule, RequestsAreDueAtTheRate) {
  Schedule schedule(4, 1'000);
  for (const std::uint64_t intended_ns :
       {1'000U, 250'001'000U, 500'001'000U, 750'001'000U, 1'000'001'000U, 1'250'001'000U}) {
    EXPECT_FALSE(schedule.due(intended_ns - 1));
    EXPECT_TRUE(schedule.due(intended_ns));
    EXPECT_EQ(schedule.take(), intended_ns);
  }
}

// This is what makes latencies honest.
TEST(Schedule, APauseDoesNotMoveIntendedTimes) {
  Schedule schedule(1'000, 0);
  const std::uint64_t after_pause_ns = 3'000'000'000;
  std::uint64_t count = 0;
  for (; schedule.due(after_pause_ns); ++count) {
    EXPECT_EQ(schedule.take(), count * 1'000'000);
  }
  EXPECT_EQ(count, 3'001U);
}

TEST(Schedule, RatesThatDoNotDivideASecondDoNotDrift) {
  constexpr std::uint64_t rate = 299'999;
  Schedule schedule(rate, 0);
  for (std::uint64_t i = 0; i < 10 * rate; ++i) schedule.take();
  EXPECT_EQ(schedule.next_ns(), 10'000'000'000U);
}

TEST(Schedule, LastsForDays) {
  constexpr std::uint64_t rate = 100'000'000;
  constexpr std::uint32_t step = 4'000'000'000;  // forty seconds at once
  Schedule schedule(rate, 0, 0, step);
  for (int i = 0; i < 25'000; ++i) schedule.take();
  EXPECT_EQ(schedule.next_ns(), 1'000'000'000'000'000U);  // 11 days
}

TEST(Schedule, WorkersShareOneRate) {
  Schedule whole(1'000, 5);
  std::vector<Schedule> parts;
  for (std::uint32_t index = 0; index < 3; ++index) parts.emplace_back(1'000, 5, index, 3);
  for (std::size_t i = 0; i < 300; ++i) EXPECT_EQ(parts[i % 3].take(), whole.take());
}

}  // namespace
}  // namespace gyre::load_test
