// How much memory the process uses, and how much more the system has for it: of the machine, and of
// the control groups that limit it. Files are opened once, since privileges may be dropped later,
// and read anew for each measurement, which takes some 50 us.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/fd.hpp"

namespace gyre::process {

struct MemoryUse {
  std::uint64_t resident = 0;  // bytes of this process
  // Bytes that the system can still give, without those that it can reclaim only by swapping.
  std::uint64_t available = std::numeric_limits<std::uint64_t>::max();
};

// Texts of /proc/meminfo and of a cgroup's memory.max, memory.current and memory.stat (version 2);
// nullopt if they name no limit. What the cgroup uses leaves out files that were not read lately
// (inactive_file), as the kernel drops these first.
std::optional<std::uint64_t> available_of_machine(std::string_view meminfo);
std::optional<std::uint64_t> available_of_cgroup(std::string_view max, std::string_view current,
                                                 std::string_view stat);

class MemoryGauge {
 public:
  MemoryGauge();

  MemoryUse read() const;

 private:
  struct Cgroup {
    Fd max;
    Fd current;
    Fd stat;
  };

  Fd statm_;
  Fd meminfo_;
  std::vector<Cgroup> cgroups_;  // that of the process and those above it
};

}  // namespace gyre::process
