// The clocks. A worker reads them once per turn of its loop and passes the values down: nothing
// below the workers reads a clock.
#pragma once

#include <cstdint>

#include "common/base/types.hpp"

namespace gyre {

// CLOCK_MONOTONIC.
std::uint64_t monotonic_ns();

// CPU time used so far by this process, or by this thread: user and system.
std::uint64_t process_cpu_ns();
std::uint64_t thread_cpu_ns();

// Seconds since the Unix epoch, for values that must outlive the process.
std::uint64_t unix_seconds();

// Whole seconds since it was created. Copies share the starting point.
class ProcessClock {
 public:
  ProcessClock() : start_ns_(monotonic_ns()) {}
  Seconds seconds_at(std::uint64_t now_ns) const {
    return static_cast<Seconds>((now_ns - start_ns_) / 1'000'000'000);
  }

 private:
  std::uint64_t start_ns_;
};

}  // namespace gyre
