#include "common/process/host.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <memory>

#include "common/errno_text.hpp"

namespace gyre::process {

std::expected<FileLimit, std::string> raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return std::unexpected("cannot read the limit of open files: " + errno_text());
  }
  const FileLimit result{.before = limit.rlim_cur, .now = limit.rlim_max};
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return std::unexpected("cannot raise the limit of open files from " +
                           std::to_string(result.before) + " to " + std::to_string(result.now) +
                           ": " + errno_text());
  }
  return result;
}

std::size_t usable_cpu_count() {
  // Enough for any machine; a cpu_set_t ends at 1024 CPUs.
  constexpr std::size_t cpu_count_max = 8192;
  const auto free_set = [](cpu_set_t* set) { CPU_FREE(set); };
  const std::unique_ptr<cpu_set_t, decltype(free_set)> set(CPU_ALLOC(cpu_count_max), free_set);
  const std::size_t set_size = CPU_ALLOC_SIZE(cpu_count_max);
  if (!set || sched_getaffinity(0, set_size, set.get()) != 0) return 1;
  return static_cast<std::size_t>(std::max(1, CPU_COUNT_S(set_size, set.get())));
}

void name_this_thread(const std::string& name) {
  constexpr std::size_t name_size_max = 15;  // longer ones are refused, not cut
  pthread_setname_np(pthread_self(), name.substr(0, name_size_max).c_str());
}

}  // namespace gyre::process
