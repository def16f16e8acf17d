// Properties of the host that concern this process: file descriptors, CPUs, memory, and names of
// threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::process {

// Raises the limit of open files to the hard limit, which needs no privilege, and returns it.
std::expected<std::uint64_t, std::string> raise_file_limit();

// CPUs that the process may run on, after taskset, cpusets and containers. At least one.
std::size_t usable_cpu_count();

// Bytes of memory that the process may use: the machine's, or the limit of a cgroup (a container, a
// systemd unit). 0 if unknown.
std::uint64_t usable_memory();

// The same from the contents of /proc/meminfo and of memory.max of every cgroup that contains the
// process.
std::uint64_t usable_memory(std::string_view meminfo, std::span<const std::string> cgroup_limits);

// The number behind a name at the beginning of a line, as /proc and cgroups write it:
// "MemAvailable:   123 kB", "inactive_file 123". Nothing if there is none.
std::optional<std::uint64_t> number_behind(std::string_view text, std::string_view name);

// The directories of the cgroups (version 2) that contain the process: its own, then those above.
std::vector<std::string> cgroup_directories();

// Drops code and constants of the program and its libraries from resident memory. What is still
// used is read back from the page cache. That is little: at 10,000 torrents gyre_udp takes 4.6 MiB
// without this, 2.4 to 2.8 if it is done every five seconds
// (documents/benchmarks/2026-11-30-memory.md).
void forget_used_code();

// Sets the name shown by top -H and gdb; truncated to 15 bytes.
void set_thread_name(const std::string& name);

}  // namespace gyre::process
