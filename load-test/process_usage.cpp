#include "load-test/process_usage.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

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

// The fields of stat behind the program's name (field 2), which is in brackets and may hold
// anything: field 3 is the first of them.
std::istringstream stat_of(const Path& process) {
  std::ifstream file(process / "stat");
  std::string stat;
  std::getline(file, stat, '\0');
  const std::size_t name_end = stat.rfind(')');
  return std::istringstream(name_end == std::string::npos ? "" : stat.substr(name_end + 1));
}

void skip(std::istream& fields, int count) {
  std::string skipped;
  while (count-- > 0) fields >> skipped;
}

// proc(5): utime and stime are fields 14 and 15 of stat, in clock ticks.
std::optional<ProcessUsage> usage_in_ticks(const Path& process) {
  std::istringstream fields = stat_of(process);
  skip(fields, 11);
  std::uint64_t user_ticks = 0;
  std::uint64_t system_ticks = 0;
  if (!(fields >> user_ticks >> system_ticks)) return std::nullopt;
  const auto ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  const std::uint64_t tick_ns = 1'000'000'000 / ticks_per_second;
  return ProcessUsage{.cpu_ns = (user_ticks + system_ticks) * tick_ns,
                      .user_ns = user_ticks * tick_ns};
}

// Each process with its parent, which is field 4.
std::vector<std::pair<pid_t, pid_t>> all_processes() {
  std::vector<std::pair<pid_t, pid_t>> all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::istringstream fields = stat_of(entry.path());
    skip(fields, 1);
    pid_t parent = 0;
    if (fields >> parent) all.emplace_back(std::stoi(name), parent);
  }
  return all;
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

std::vector<pid_t> family_of(pid_t pid) {
  const auto all = all_processes();
  const auto is = [pid](const auto& process) { return process.first == pid; };
  if (std::ranges::none_of(all, is)) return {};
  std::vector<pid_t> family = {pid};
  for (std::size_t i = 0; i < family.size(); ++i) {
    for (const auto& [child, parent] : all) {
      if (parent == family[i]) family.push_back(child);
    }
  }
  return family;
}

std::optional<ProcessUsage> usage_of(std::span<const pid_t> processes) {
  std::optional<ProcessUsage> sum;
  for (const pid_t process : processes) {
    const auto usage = usage_of(process);
    if (!usage) continue;
    if (!sum) sum.emplace();
    sum->cpu_ns += usage->cpu_ns;
    sum->user_ns += usage->user_ns;
    sum->resident_bytes += usage->resident_bytes;
    sum->resident_peak_bytes += usage->resident_peak_bytes;
  }
  return sum;
}

std::optional<ProcessUsage> usage_of(pid_t pid) {
  const Path process = Path("/proc") / std::to_string(pid);
  auto usage = usage_in_ticks(process);
  if (!usage) return std::nullopt;
  usage->cpu_ns = cpu_ns_by_schedstat(process).value_or(usage->cpu_ns);
  read_memory(process, *usage);
  return usage;
}

}  // namespace gyre::load_test
