#include "load-test/process_usage.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <vector>

#include "common/clock.hpp"

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
}

TEST(ProcessUsage, SeesMemoryComeAndThePeakStay) {
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

TEST(ProcessUsage, OfNobodyIsNothing) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  ASSERT_GT(child, 0);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_FALSE(usage_of(child));
}

}  // namespace
}  // namespace gyre::load_test
