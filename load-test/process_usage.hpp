// What a process has used so far, this one or another: CPU time and memory, as /proc tells. Between
// the kernel and the reports; it keeps nothing between two calls.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace gyre::load_test {

struct ProcessUsage {
  std::uint64_t cpu_ns = 0;  // of its living threads
  std::uint64_t resident_bytes = 0;
  std::uint64_t resident_peak_bytes = 0;
};

// Nothing if there is no such process. CPU time comes to the nanosecond where the kernel keeps
// schedstat, else in clock ticks.
std::optional<ProcessUsage> usage_of(pid_t pid);

}  // namespace gyre::load_test
