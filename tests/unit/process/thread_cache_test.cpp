#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <thread>

#include "common/process/workers.hpp"

extern "C" [[gnu::weak]] int mallctl(const char* name, void* old_value, std::size_t* old_size,
                                     void* new_value, std::size_t new_size);

namespace gyre::process {
namespace {

bool caches_memory() {
  bool enabled = false;
  std::size_t size = sizeof enabled;
  EXPECT_EQ(mallctl("thread.tcache.enabled", &enabled, &size, nullptr, 0), 0);
  return enabled;
}

TEST(ThreadCache, IsDisabledForTheCallingThread) {
  if (mallctl == nullptr) GTEST_SKIP() << "needs jemalloc";
  ASSERT_TRUE(caches_memory());
  std::thread([] {
    auto before = std::make_unique<int>(1);
    disable_thread_cache();
    disable_thread_cache();
    EXPECT_FALSE(caches_memory());
    before.reset();
    EXPECT_EQ(*std::make_unique<int>(2), 2);
  }).join();
  EXPECT_TRUE(caches_memory()) << "other threads keep theirs";
}

unsigned arena_of_thread() {
  unsigned arena = 0;
  std::size_t size = sizeof arena;
  EXPECT_EQ(mallctl("thread.arena", &arena, &size, nullptr, 0), 0);
  return arena;
}

TEST(Arenas, AreMadeForManyWorkers) {
  if (mallctl == nullptr) GTEST_SKIP() << "needs jemalloc";
  EXPECT_TRUE(create_arenas(1).empty());
  EXPECT_TRUE(create_arenas(8).empty());
  const auto arenas = create_arenas(13);
  ASSERT_EQ(arenas.size(), 3U);
  std::thread([&] {
    use_arena(arenas[1]);
    EXPECT_EQ(arena_of_thread(), arenas[1]);
    EXPECT_EQ(*std::make_unique<int>(2), 2);
  }).join();
  EXPECT_NE(arena_of_thread(), arenas[1]);
  EXPECT_EQ(create_arenas(1'000).size(), 64U);
}

}  // namespace
}  // namespace gyre::process
