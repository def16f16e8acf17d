#include "common/process/thread_cache.hpp"

#include <cstddef>

// jemalloc's, in programs that link it.
extern "C" [[gnu::weak]] int mallctl(const char* name, void* old_value, std::size_t* old_size,
                                     void* new_value, std::size_t new_size);

namespace gyre::process {

void disable_thread_cache() {
  bool enabled = false;
  if (mallctl != nullptr) {
    mallctl("thread.tcache.enabled", nullptr, nullptr, &enabled, sizeof enabled);
  }
}

}  // namespace gyre::process
