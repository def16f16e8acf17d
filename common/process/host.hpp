// What the host gives this process: file descriptors, CPUs, and names for its threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

namespace gyre::process {

// Raises the limit of open files to the hard limit, which needs no privilege, and returns it.
std::expected<std::uint64_t, std::string> raise_file_limit();

// CPUs that the process may run on: what taskset, cpusets and containers leave of the machine's.
// At least one.
std::size_t usable_cpu_count();

// Bytes of memory that the process may use: the machine's, or less where a cgroup (a container, a
// systemd unit) says so. 0 if the host does not tell.
std::uint64_t usable_memory();

// The same from the texts of /proc/meminfo and of the memory.max of every cgroup around the
// process.
std::uint64_t usable_memory(std::string_view meminfo, std::span<const std::string> cgroup_limits);

// Has the code and constants of the program and its libraries leave memory, but for what is used
// from now on: each comes back, from the page cache, when it is needed again. A server that has
// started needs little of them any more.
void forget_used_code();

// As seen in top -H and gdb. The kernel keeps the first 15 bytes.
void name_this_thread(const std::string& name);

}  // namespace gyre::process
