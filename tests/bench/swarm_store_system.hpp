// What benchmarks of memory ask the system: memory of this process, the time of a thread, a
// CPU of its own, and a lock between programs that measure on one machine. Linux only.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/fd.hpp"

namespace gyre::bench {

// Resident memory of this process in bytes, exactly.
std::uint64_t resident_size();

// The most that was resident since the last call.
std::uint64_t take_resident_peak();

// Keeps the calling thread on one CPU of those that the process may use; false if there are fewer.
bool stay_on_cpu(unsigned index);

// Held while something is measured that others on the machine would disturb. Without a path it does
// nothing.
class MachineLock {
 public:
  explicit MachineLock(const std::string& path);

 private:
  Fd file_;
};

}  // namespace gyre::bench
