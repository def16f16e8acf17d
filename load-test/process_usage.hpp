// What a process has used so far, this one or another: CPU time and memory, as /proc says.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace gyre::load_test {

struct ProcessUsage {
  std::uint64_t cpu_ns = 0;   // of its living threads
  std::uint64_t user_ns = 0;  // outside of the kernel, of all its threads; in clock ticks
  std::uint64_t resident_bytes = 0;
  std::uint64_t resident_peak_bytes = 0;
};

// The process and those that descend from it: a server may be a master and its workers, or a proxy
// and what is behind it. None if there is no such process.
std::vector<pid_t> family_of(pid_t pid);

// Of all of them that still run, memory that they share counted for each; nothing if none does.
std::optional<ProcessUsage> usage_of(std::span<const pid_t> processes);

// Nothing if there is no such process. CPU time comes to the nanosecond where the kernel keeps
// schedstat, else in clock ticks.
std::optional<ProcessUsage> usage_of(pid_t pid);

}  // namespace gyre::load_test
