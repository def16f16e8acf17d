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

}  // namespace
}  // namespace gyre::process
