#include "common/process/host.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include <array>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace gyre::process {
namespace {

TEST(RaiseFileLimit, RaisesToTheHardLimit) {
  rlimit original{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &original), 0);
  ASSERT_GT(original.rlim_max, 200U);
  const rlimit low{.rlim_cur = 200, .rlim_max = original.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);

  const auto result = raise_file_limit();
  ASSERT_TRUE(result) << result.error();
  EXPECT_EQ(*result, original.rlim_max);
  rlimit now{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &now), 0);
  EXPECT_EQ(now.rlim_cur, original.rlim_max);
  setrlimit(RLIMIT_NOFILE, &original);
}

TEST(UsableMemory, IsTheSmallestLimit) {
  const std::string meminfo = "MemTotal:       16384 kB\nMemFree:        1 kB\n";
  constexpr std::uint64_t machine = 16384 * 1024;
  using Limits = std::vector<std::string>;
  EXPECT_EQ(usable_memory(meminfo, {}), machine);
  EXPECT_EQ(usable_memory(meminfo, Limits{"max\n", ""}), machine);
  EXPECT_EQ(usable_memory(meminfo, Limits{"max\n", "1048576\n", "2097152\n"}), 1048576U);
  EXPECT_EQ(usable_memory(meminfo, Limits{"99999999999999\n"}), machine);
  EXPECT_EQ(usable_memory("", {}), 0U);
  EXPECT_EQ(usable_memory("MemTotal:", {}), 0U);
  EXPECT_GT(usable_memory(), std::uint64_t{1} << 20);
}

// In threads of their own, since affinity and name belong to the thread.
TEST(UsableCpuCount, CountsAllowedCpus) {
  EXPECT_GE(usable_cpu_count(), 1U);
  std::thread([] {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(sched_getcpu()), &set);
    ASSERT_EQ(sched_setaffinity(0, sizeof set, &set), 0);
    EXPECT_EQ(usable_cpu_count(), 1U);
  }).join();
}

TEST(SetThreadName, TruncatesToFifteenBytes) {
  std::thread([] {
    std::array<char, 16> name{};
    set_thread_name("udp-7");
    pthread_getname_np(pthread_self(), name.data(), name.size());
    EXPECT_STREQ(name.data(), "udp-7");
    set_thread_name("0123456789abcdefgh");
    pthread_getname_np(pthread_self(), name.data(), name.size());
    EXPECT_STREQ(name.data(), "0123456789abcde");
  }).join();
}

// Resident pages of files, from /proc/self/statm.
std::uint64_t resident_file_pages() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  std::uint64_t of_files = 0;
  statm >> all >> resident >> of_files;
  return of_files;
}

TEST(ForgetUsedCode, FreesMemoryAndTheProgramContinues) {
  const std::uint64_t before = resident_file_pages();
  forget_used_code();
  EXPECT_LT(resident_file_pages(), before);
  EXPECT_GE(usable_cpu_count(), 1U);
}

}  // namespace
}  // namespace gyre::process
