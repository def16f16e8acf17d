#include "common/process/memory_use.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "common/base/numbers.hpp"
#include "common/process/host.hpp"

namespace gyre::process {
namespace {

Fd open_to_read(const std::string& path) {
  return Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

// What a file of /proc or /sys has now, up to the size of `buffer`.
std::string_view read_now(const Fd& fd, std::span<char> buffer) {
  if (!fd) return {};
  const auto size = ::pread(fd.get(), buffer.data(), buffer.size(), 0);
  return {buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

}  // namespace

std::optional<std::uint64_t> available_of_machine(std::string_view meminfo) {
  const auto kib = number_behind(meminfo, "MemAvailable:");
  return kib ? std::optional(*kib * 1024) : std::nullopt;
}

std::optional<std::uint64_t> available_of_cgroup(std::string_view max, std::string_view current,
                                                 std::string_view stat) {
  const auto limit = number_at_start<std::uint64_t>(max);  // or "max"
  const auto used = number_at_start<std::uint64_t>(current);
  if (!limit || !used) return std::nullopt;
  const std::uint64_t reclaimable =
      std::min(number_behind(stat, "inactive_file ").value_or(0), *used);
  return *limit - std::min(*limit, *used - reclaimable);
}

MemoryGauge::MemoryGauge()
    : statm_(open_to_read("/proc/self/statm")), meminfo_(open_to_read("/proc/meminfo")) {
  for (const std::string& directory : cgroup_directories()) {
    Cgroup cgroup{.max = open_to_read(directory + "/memory.max"),
                  .current = open_to_read(directory + "/memory.current"),
                  .stat = open_to_read(directory + "/memory.stat")};
    if (cgroup.max && cgroup.current) cgroups_.push_back(std::move(cgroup));  // not of the root
  }
}

MemoryUse MemoryGauge::read() const {
  std::array<char, 8192> buffer;  // MemAvailable and inactive_file are near the beginning
  MemoryUse use;
  // Pages in all, then resident ones.
  const std::string_view statm = read_now(statm_, buffer);
  const auto resident_pages =
      number_at_start<std::uint64_t>(statm.substr(std::min(statm.find(' ') + 1, statm.size())));
  use.resident = resident_pages.value_or(0) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  if (const auto bytes = available_of_machine(read_now(meminfo_, buffer))) use.available = *bytes;
  for (const Cgroup& cgroup : cgroups_) {
    std::array<char, 32> max;
    std::array<char, 32> current;
    const auto bytes =
        available_of_cgroup(read_now(cgroup.max, max), read_now(cgroup.current, current),
                            read_now(cgroup.stat, buffer));
    if (bytes) use.available = std::min(use.available, *bytes);
  }
  return use;
}

}  // namespace gyre::process
