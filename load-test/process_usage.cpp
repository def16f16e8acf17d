#include "load-test/process_usage.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace gyre::load_test {
namespace {

using Path = std::filesystem::path;

// Each thread's schedstat begins with its time on a CPU in nanoseconds.
std::optional<std::uint64_t> cpu_ns_by_schedstat(const Path& process) {
  std::error_code error;
  std::uint64_t total_ns = 0;
  for (const auto& task : std::filesystem::directory_iterator(process / "task", error)) {
    std::uint64_t thread_ns = 0;
    if (!(std::ifstream(task.path() / "schedstat") >> thread_ns)) continue;  // it just ended
    total_ns += thread_ns;
  }
  if (error || total_ns == 0) return std::nullopt;
  return total_ns;
}

// proc(5): utime and stime are fields 14 and 15 of stat, in clock ticks. Counting begins behind
// the program's name (field 2), which is in brackets and may hold anything.
std::optional<std::uint64_t> cpu_ns_by_ticks(const Path& process) {
  std::ifstream file(process / "stat");
  std::string stat;
  std::getline(file, stat, '\0');
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(stat.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  std::uint64_t user_ticks = 0;
  std::uint64_t system_ticks = 0;
  if (!(fields >> user_ticks >> system_ticks)) return std::nullopt;
  const auto ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return (user_ticks + system_ticks) * (1'000'000'000 / ticks_per_second);
}

void read_memory(const Path& process, ProcessUsage& usage) {
  std::ifstream status(process / "status");
  std::string key;
  while (status >> key) {
    std::uint64_t kib = 0;
    if (key == "VmHWM:" && status >> kib) usage.resident_peak_bytes = kib * 1024;
    if (key == "VmRSS:" && status >> kib) usage.resident_bytes = kib * 1024;
    status.clear();
    std::getline(status, key);
  }
}

}  // namespace

std::optional<ProcessUsage> usage_of(pid_t pid) {
  const Path process = Path("/proc") / std::to_string(pid);
  const auto ticks_ns = cpu_ns_by_ticks(process);
  if (!ticks_ns) return std::nullopt;
  ProcessUsage usage{.cpu_ns = cpu_ns_by_schedstat(process).value_or(*ticks_ns)};
  read_memory(process, usage);
  return usage;
}

}  // namespace gyre::load_test
