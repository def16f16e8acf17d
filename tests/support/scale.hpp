// How much of a long test is run: all of it, or the share that the environment variable
// GYRE_TEST_SCALE names ("0.1"), as the sanitizer builds do.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>

namespace gyre::test {

inline std::size_t scaled(std::size_t count) {
  // No thread is running yet that could change the environment.
  const char* scale = std::getenv("GYRE_TEST_SCALE");  // NOLINT(concurrency-mt-unsafe)
  if (scale == nullptr) return count;
  return std::max<std::size_t>(
      1, static_cast<std::size_t>(static_cast<double>(count) * std::stod(scale)));
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool under_sanitizer = true;
#else
inline constexpr bool under_sanitizer = false;
#endif

}  // namespace gyre::test
