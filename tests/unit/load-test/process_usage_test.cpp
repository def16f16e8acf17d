#include "load-test/process_usage.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <vector>

#include "common/base/clock.hpp"

namespace gyre::load_test {
namespace {

TEST(ProcessUsage, OfThisProcessAgreesWithItsOwnClock) {
  const std::uint64_t start_ns = process_cpu_ns();
  while (process_cpu_ns() - start_ns < 100'000'000) {
  }
  const auto usage = usage_of(getpid());
  ASSERT_TRUE(usage);
  // The kernel brings the figures of running threads up to date at each tick.
  EXPECT_NEAR(static_cast<double>(usage->cpu_ns), static_cast<double>(process_cpu_ns()), 50e6);
  EXPECT_GT(usage->user_ns, 0U);
  EXPECT_LE(usage->user_ns, usage->cpu_ns + 50'000'000);
}

TEST(ProcessUsage, MemoryGrowsAndThePeakStays) {
  const auto before = usage_of(getpid());
  constexpr std::size_t size = 64 << 20;
  std::vector<char> block(size, 'x');
  const auto during = usage_of(getpid());
  block = {};
  const auto after = usage_of(getpid());
  ASSERT_TRUE(before && during && after);
  EXPECT_GE(during->resident_bytes, before->resident_bytes + size / 2);
  EXPECT_GE(after->resident_peak_bytes, during->resident_bytes);
}

// A child that waits, and a child of its own.
TEST(ProcessUsage, OfAFamilyIsTheSum) {
  std::array<int, 2> ready{};
  ASSERT_EQ(pipe(ready.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    const pid_t grandchild = fork();
    if (grandchild == 0) {
      const char byte = 'x';
      if (write(ready[1], &byte, 1) != 1) _exit(1);
      pause();
    }
    pause();
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  const auto family = family_of(child);
  EXPECT_EQ(family.size(), 2U);
  const auto all = usage_of(family);
  const auto one = usage_of(child);
  for (const pid_t process : family) kill(process, SIGKILL);
  waitpid(child, nullptr, 0);
  ASSERT_TRUE(all && one);
  EXPECT_GT(all->resident_bytes, one->resident_bytes);
  EXPECT_FALSE(usage_of(std::span<const pid_t>()));
}

TEST(ProcessUsage, OfNoProcessIsNothing) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  ASSERT_GT(child, 0);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_FALSE(usage_of(child));
  EXPECT_TRUE(family_of(child).empty());
}

}  // namespace
}  // namespace gyre::load_test
