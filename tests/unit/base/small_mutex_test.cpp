#include "common/base/small_mutex.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/support/scale.hpp"

namespace gyre {
namespace {

TEST(SmallMutex, IsOneByte) {
  EXPECT_EQ(sizeof(SmallMutex), 1U);
}

TEST(SmallMutex, LocksAgainAfterUnlocking) {
  SmallMutex mutex;
  for (int i = 0; i < 3; ++i) const std::scoped_lock lock(mutex);
  mutex.lock();
  mutex.unlock();
}

// Two plain variables stay equal only if the lock excludes.
TEST(SmallMutex, ExcludesOthersAndStarvesNobody) {
  constexpr std::uint64_t thread_count = 8;
  const std::uint64_t rounds = test::scaled(50'000);
  SmallMutex mutex;
  std::uint64_t one = 0;
  std::uint64_t other = 0;
  std::uint64_t differences = 0;
  std::vector<std::jthread> threads;
  threads.reserve(thread_count);
  for (std::uint64_t i = 0; i < thread_count; ++i) {
    threads.emplace_back([&] {
      for (std::uint64_t round = 0; round < rounds; ++round) {
        const std::scoped_lock lock(mutex);
        differences += one != other ? 1 : 0;
        ++one;
        if (round % 64 == 0) std::this_thread::yield();  // held for longer: others must wait
        ++other;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(one, thread_count * rounds);
  EXPECT_EQ(other, one);
  EXPECT_EQ(differences, 0U);
}

}  // namespace
}  // namespace gyre
