// A filter of system calls (seccomp) for the whole process: a serving tracker makes those of a
// table, and everything else fails with EPERM. Calls for another architecture's kernel interface
// end the process.
#pragma once

#include <expected>
#include <string>

namespace gyre::process {

// For all threads, for good. What is refused shows in the kernel's log, where it audits. The error
// says what to do.
std::expected<void, std::string> filter_system_calls();

}  // namespace gyre::process
