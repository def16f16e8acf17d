#include "common/metrics/process_metrics.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/files.hpp"
#include "common/base/numbers.hpp"

namespace gyre::metrics {
namespace {

// The number in field `index`, counted from zero, of text separated by spaces.
std::optional<std::uint64_t> field(std::string_view text, std::size_t index) {
  for (; index > 0; --index) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    text.remove_prefix(space + 1);
  }
  return number_at_start<std::uint64_t>(text);
}

// Boot time in seconds since the epoch: the "btime" line of /proc/stat.
std::optional<std::uint64_t> boot_time() {
  const std::string stat = read_to_end("/proc/stat").value_or("");
  const std::size_t line = stat.find("\nbtime ");
  if (line == std::string::npos) return std::nullopt;
  return field(std::string_view(stat).substr(line + 1), 1);
}

// proc(5): starttime is field 22 of /proc/self/stat, counted from one, in ticks since boot.
// Counting starts after the program's name (field 2), which is in parentheses and may contain
// anything.
std::optional<double> process_start_time() {
  const std::string stat = read_to_end("/proc/self/stat").value_or("");
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  const auto ticks = field(std::string_view(stat).substr(name_end), 22 - 2);
  const auto boot = boot_time();
  if (!ticks || !boot) return std::nullopt;
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  return static_cast<double>(*boot) + static_cast<double>(*ticks) / ticks_per_second;
}

}  // namespace

ProcessMetrics::ProcessMetrics()
    : start_time_(process_start_time()),
      statm_(open("/proc/self/statm", O_RDONLY | O_CLOEXEC)),
      fds_(opendir("/proc/self/fd"), &closedir) {}

void ProcessMetrics::write(ExpositionWriter& out) const {
  out.counter("process_cpu_seconds_total", "User and system CPU time in seconds.", "",
              static_cast<double>(process_cpu_ns()) / 1e9);
  if (start_time_) {
    out.gauge("process_start_time_seconds", "Start of the process in seconds since the Unix epoch.",
              "", *start_time_);
  }
  if (const auto bytes = resident_memory_bytes()) {
    out.gauge("process_resident_memory_bytes", "Resident memory in bytes.", "", *bytes);
  }
  if (const auto count = open_fd_count()) {
    out.gauge("process_open_fds", "Open file descriptors.", "", *count);
  }
}

std::optional<std::uint64_t> ProcessMetrics::resident_memory_bytes() const {
  std::array<char, 128> text{};
  const ssize_t size = pread(statm_.get(), text.data(), text.size(), 0);
  if (size <= 0) return std::nullopt;
  const auto pages = field({text.data(), static_cast<std::size_t>(size)}, 1);
  if (!pages) return std::nullopt;
  return *pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::optional<std::uint64_t> ProcessMetrics::open_fd_count() const {
  if (!fds_) return std::nullopt;
  rewinddir(fds_.get());
  std::uint64_t count = 0;
  // glibc's readdir is thread-safe on streams that are not shared.
  while (const dirent* entry = readdir(fds_.get())) {
    if (entry->d_name[0] != '.') ++count;
  }
  return count;
}

}  // namespace gyre::metrics
