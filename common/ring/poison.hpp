// Poisoning of memory under AddressSanitizer, so that touching it is reported; a no-op elsewhere.
#pragma once

#include <cstddef>
#include <span>

#ifdef __has_feature
#define GYRE_HAS_FEATURE(feature) __has_feature(feature)
#else
#define GYRE_HAS_FEATURE(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || GYRE_HAS_FEATURE(address_sanitizer)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) static_cast<void>(address)
#define ASAN_UNPOISON_MEMORY_REGION(address, size) static_cast<void>(address)
#endif

namespace gyre::ring {

inline void poison(std::span<std::byte> bytes) {
  ASAN_POISON_MEMORY_REGION(bytes.data(), bytes.size());
}

inline void unpoison(std::span<std::byte> bytes) {
  ASAN_UNPOISON_MEMORY_REGION(bytes.data(), bytes.size());
}

}  // namespace gyre::ring
