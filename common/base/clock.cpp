#include "common/base/clock.hpp"

#include <ctime>

namespace gyre {

namespace {

std::uint64_t nanoseconds_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

std::uint64_t monotonic_ns() {
  return nanoseconds_of(CLOCK_MONOTONIC);
}

std::uint64_t process_cpu_ns() {
  return nanoseconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

std::uint64_t thread_cpu_ns() {
  return nanoseconds_of(CLOCK_THREAD_CPUTIME_ID);
}

std::uint64_t unix_seconds() {
  return static_cast<std::uint64_t>(std::time(nullptr));
}

}  // namespace gyre
