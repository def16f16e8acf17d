#include "common/process/memory_use.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gyre::process {
namespace {

TEST(MemoryUse, ReadsWhatTheMachineHas) {
  EXPECT_EQ(available_of_machine("MemTotal:  9 kB\nMemAvailable:    1234 kB\nBuffers: 1 kB\n"),
            1234U * 1024);
  EXPECT_EQ(available_of_machine("MemAvailable: 5 kB\n"), 5U * 1024);
  EXPECT_EQ(available_of_machine("NotMemAvailable: 5 kB\n"), std::nullopt);
  EXPECT_EQ(available_of_machine(""), std::nullopt);
}

TEST(MemoryUse, ReadsWhatACgroupHas) {
  struct Row {
    const char* max;
    const char* current;
    const char* stat;
    std::optional<std::uint64_t> available;
  };
  const Row rows[] = {
      {"max\n", "100\n", "", std::nullopt},
      {"1000\n", "100\n", "", 900},
      {"1000\n", "400\n", "anon 100\ninactive_file 300\nactive_file 9\n", 900},
      {"1000\n", "400\n", "inactive_file 500\n", 1000},  // read a moment later
      {"1000\n", "1400\n", "inactive_file 5\n", 0},
      {"1000\n", "", "", std::nullopt},
      {"", "", "", std::nullopt},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.max);
    EXPECT_EQ(available_of_cgroup(row.max, row.current, row.stat), row.available);
  }
}

TEST(MemoryGauge, SeesMemoryComeAndGo) {
  const MemoryGauge gauge;
  const MemoryUse before = gauge.read();
  EXPECT_GT(before.resident, std::uint64_t{1} << 20);
  EXPECT_GT(before.available, std::uint64_t{1} << 20);
  const std::size_t size = std::size_t{64} << 20;
  std::vector<char> memory(size, 1);
  EXPECT_GE(gauge.read().resident, before.resident + size / 2) << memory[size / 2];
}

}  // namespace
}  // namespace gyre::process
