#include "swarm_store_system.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>

#include <charconv>
#include <fstream>
#include <iostream>

#include "common/base/text.hpp"

namespace gyre::bench {
namespace {

// The number after `name` in a file of /proc, which is in KiB there.
std::uint64_t size_in(const char* path, std::string_view name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name)) continue;
    const std::size_t first = line.find_first_of("0123456789");
    std::uint64_t kib = 0;
    if (first != std::string::npos) {
      std::from_chars(line.data() + first, line.data() + line.size(), kib);
    }
    return kib * 1024;
  }
  return 0;
}

}  // namespace

std::uint64_t resident_size() {
  return size_in("/proc/self/smaps_rollup", "Rss:");
}

std::uint64_t take_resident_peak() {
  const std::uint64_t peak = size_in("/proc/self/status", "VmHWM:");
  std::ofstream("/proc/self/clear_refs") << "5";  // proc_pid_clear_refs(5): begins anew
  return peak;
}

bool stay_on_cpu(unsigned index) {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return false;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || index-- > 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    return ::sched_setaffinity(0, sizeof one, &one) == 0;
  }
  return false;
}

MachineLock::MachineLock(const std::string& path) {
  if (path.empty()) return;
  file_ = Fd(::open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0666));
  if (!file_ || ::flock(file_.get(), LOCK_EX) != 0) {
    std::cerr << "not locked, measured anyway: " << path << ": " << errno_text() << '\n';
  }
}

}  // namespace gyre::bench
