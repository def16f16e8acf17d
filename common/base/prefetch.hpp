// Prefetching of memory that will be read soon. Any address will do: one that cannot be read is
// ignored.
#pragma once

#include <cstddef>

#include "common/base/types.hpp"

namespace gyre {

inline void prefetch(const void* address) {
  __builtin_prefetch(address);
  // GCC takes a function that only prefetches for one without effects, and drops the calls.
  asm volatile("");
}

// Every cache line of that memory.
inline void prefetch(const void* address, std::size_t size) {
  if (size == 0) return;
  const auto* const begin = static_cast<const char*>(address);
  for (std::size_t at = 0; at < size; at += cache_line_size) prefetch(begin + at);
  prefetch(begin + size - 1);
}

}  // namespace gyre
