#include "common/process/host.hpp"

#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "common/base/files.hpp"
#include "common/base/numbers.hpp"
#include "common/base/text.hpp"

namespace gyre::process {

std::expected<std::uint64_t, std::string> raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return std::unexpected("cannot read the limit of open files: " + errno_text());
  }
  const rlim_t before = std::exchange(limit.rlim_cur, limit.rlim_max);
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return std::unexpected("cannot raise the limit of open files from " + std::to_string(before) +
                           " to " + std::to_string(limit.rlim_max) + ": " + errno_text());
  }
  return limit.rlim_cur;
}

namespace {

// Empty where there is none.
std::string text_of(const std::filesystem::path& path) {
  return read_to_end(path).value_or("");
}

}  // namespace

std::optional<std::uint64_t> number_behind(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    if (at > 0 && text[at - 1] != '\n') continue;
    auto rest = text.substr(at + name.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    return number_at_start<std::uint64_t>(rest);
  }
  return std::nullopt;
}

std::uint64_t usable_memory(std::string_view meminfo, std::span<const std::string> cgroup_limits) {
  std::uint64_t bytes = number_behind(meminfo, "MemTotal:").value_or(0) * 1024;
  for (const std::string& limit : cgroup_limits) {
    // Not "max".
    if (const auto number = number_at_start<std::uint64_t>(limit)) bytes = std::min(bytes, *number);
  }
  return bytes;
}

// "0::/system.slice/gyre.service".
std::vector<std::string> cgroup_directories() {
  std::vector<std::string> directories;
  const std::string groups = text_of("/proc/self/cgroup");
  constexpr std::string_view prefix = "0::/";
  if (const auto at = groups.find(prefix); at != std::string::npos) {
    const auto begin = at + prefix.size();
    const std::filesystem::path root = "/sys/fs/cgroup";
    auto group = root / groups.substr(begin, groups.find('\n', begin) - begin);
    for (; group != root && group.has_relative_path(); group = group.parent_path()) {
      directories.push_back(group);
    }
    directories.push_back(root);
  }
  return directories;
}

std::uint64_t usable_memory() {
  std::vector<std::string> limits;
  for (const std::string& directory : cgroup_directories()) {
    limits.push_back(text_of(directory + "/memory.max"));
  }
  limits.push_back(text_of("/sys/fs/cgroup/memory/memory.limit_in_bytes"));  // cgroup version 1
  return usable_memory(text_of("/proc/meminfo"), limits);
}

std::size_t usable_cpu_count() {
  // More than any machine has; a plain cpu_set_t ends at 1024 CPUs.
  constexpr std::size_t cpu_count_max = 8192;
  const auto free_set = [](cpu_set_t* set) { CPU_FREE(set); };
  const std::unique_ptr<cpu_set_t, decltype(free_set)> set(CPU_ALLOC(cpu_count_max), free_set);
  const std::size_t set_size = CPU_ALLOC_SIZE(cpu_count_max);
  if (!set || sched_getaffinity(0, set_size, set.get()) != 0) return 1;
  return static_cast<std::size_t>(std::max(1, CPU_COUNT_S(set_size, set.get())));
}

// Read-only segments are identical to the file (relocations are in others), so the kernel can drop
// them. All are listed first, since the list itself is read from such segments.
void forget_used_code() {
  std::vector<std::span<std::byte>> segments;
  const auto list = [](dl_phdr_info* object, std::size_t, void* listed) {
    const auto page_size = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    for (const ElfW(Phdr) & segment : std::span(object->dlpi_phdr, object->dlpi_phnum)) {
      if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
      const std::uintptr_t begin = object->dlpi_addr + segment.p_vaddr;
      const std::uintptr_t first_page = begin / page_size * page_size;
      static_cast<decltype(segments)*>(listed)->emplace_back(
          reinterpret_cast<std::byte*>(first_page), begin + segment.p_memsz - first_page);
    }
    return 0;
  };
  ::dl_iterate_phdr(list, &segments);
  for (const auto& segment : segments) {
    // Only a hint: a failure has no consequences.
    ::madvise(segment.data(), segment.size(), MADV_DONTNEED);
  }
}

void set_thread_name(const std::string& name) {
  constexpr std::size_t name_size_max = 15;  // the kernel refuses longer names
  pthread_setname_np(pthread_self(), name.substr(0, name_size_max).c_str());
}

}  // namespace gyre::process
