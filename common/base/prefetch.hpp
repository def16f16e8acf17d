// Asks the processor to fetch memory that will be read soon. Between code that knows what comes
// next and the caches; an address that cannot be read does no harm.
#pragma once

#include <cstddef>

#include "common/base/types.hpp"

namespace gyre {

inline void prefetch(const void* address) {
  __builtin_prefetch(address);
  // To GCC a function that only fetches has no effect, and its calls are left out.
  asm volatile("");
}

// All lines of that memory.
inline void prefetch(const void* address, std::size_t size) {
  if (size == 0) return;
  const auto* const begin = static_cast<const char*>(address);
  for (std::size_t at = 0; at < size; at += cache_line_size) prefetch(begin + at);
  prefetch(begin + size - 1);
}

}  // namespace gyre
