// The share of a long test that is run: all of it, or what the environment variable GYRE_TEST_SCALE
// says ("0.1"), as in sanitizer builds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>

namespace gyre::test {

inline std::size_t scaled(std::size_t count) {
  // No other thread runs yet that could change the environment.
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
