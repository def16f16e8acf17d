// The clocks of the programs. A worker reads those of time once per turn of its loop and passes the
// values on: nothing below the workers looks at a clock.
#pragma once

#include <cstdint>

#include "common/base/types.hpp"

namespace gyre {

// Nanoseconds of the monotonic clock.
std::uint64_t monotonic_ns();

// CPU time that this process, or this thread, has used so far, in the kernel and out of it.
std::uint64_t process_cpu_ns();
std::uint64_t thread_cpu_ns();

// Seconds since the Unix epoch, for what must mean the same after a restart.
std::uint64_t unix_seconds();

// Counts whole seconds since it was made; copies count from the same start.
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
