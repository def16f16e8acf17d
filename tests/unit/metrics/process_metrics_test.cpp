#include "common/metrics/process_metrics.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "common/base/clock.hpp"

namespace gyre::metrics {
namespace {

// The value of a metric; fails the test if it is missing.
double value_of(const ProcessMetrics& metrics, const std::string& name) {
  ExpositionWriter out;
  metrics.write(out);
  const std::size_t line = out.text().find("\n" + name + " ");
  EXPECT_NE(line, std::string::npos) << name << " in\n" << out.text();
  if (line == std::string::npos) return -1;
  return std::strtod(out.text().c_str() + line + 1 + name.size(), nullptr);
}

TEST(ProcessMetrics, StartTimeIsInTheRecentPast) {
  const ProcessMetrics metrics;
  const double start = value_of(metrics, "process_start_time_seconds");
  const auto now = static_cast<double>(unix_seconds());
  EXPECT_LE(start, now + 2);
  EXPECT_GE(start, now - 3600);
}

TEST(ProcessMetrics, MemoryIsPlausible) {
  const double bytes = value_of(ProcessMetrics(), "process_resident_memory_bytes");
  EXPECT_GT(bytes, 1e6);
  EXPECT_LT(bytes, 1e10);
}

TEST(ProcessMetrics, OpenDescriptorsAreCounted) {
  const ProcessMetrics metrics;
  const double before = value_of(metrics, "process_open_fds");
  EXPECT_GE(before, 4);
  const Fd another(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(value_of(metrics, "process_open_fds"), before + 1);
}

TEST(ProcessMetrics, CpuTimeGrowsWithWork) {
  const ProcessMetrics metrics;
  const double before = value_of(metrics, "process_cpu_seconds_total");
  const std::uint64_t end_ns = monotonic_ns() + 20'000'000'000;
  double after = before;
  while (after <= before && monotonic_ns() < end_ns) {
    after = value_of(metrics, "process_cpu_seconds_total");
  }
  EXPECT_GT(after, before);
}

}  // namespace
}  // namespace gyre::metrics
