#include "common/process/thread_cache.hpp"

#include <cstddef>

// Of jemalloc, in programs that link it.
extern "C" [[gnu::weak]] int mallctl(const char* name, void* old_value, std::size_t* old_size,
                                     void* new_value, std::size_t new_size);

namespace gyre::process {

void keep_no_freed_memory() {
  bool enabled = false;
  if (mallctl != nullptr) {
    mallctl("thread.tcache.enabled", nullptr, nullptr, &enabled, sizeof enabled);
  }
}

}  // namespace gyre::process
