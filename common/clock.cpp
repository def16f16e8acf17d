#include "common/clock.hpp"

#include <ctime>

namespace gyre {

std::uint64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

std::uint64_t unix_seconds() {
  return static_cast<std::uint64_t>(std::time(nullptr));
}

}  // namespace gyre
