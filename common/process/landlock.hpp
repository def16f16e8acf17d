// Landlock (landlock(7)) by its system calls: a set of rules about files, TCP and signals that a
// thread can take upon itself.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "common/base/fd.hpp"

namespace gyre::process::landlock {

// Rights on what is below a folder, or on a file.
inline constexpr std::uint64_t read_file = std::uint64_t{1} << 2;
inline constexpr std::uint64_t remove_file = std::uint64_t{1} << 5;

// The version of the kernel's Landlock, from 1 on. The error is an errno: ENOSYS and EOPNOTSUPP if
// there is none, EPERM if a container hides it.
std::expected<int, int> version();

// Rules that refuse all that this version knows: every access to files, TCP sockets that bind or
// connect, signals to processes outside, and their abstract unix sockets. The error is an errno.
std::expected<Fd, int> refuse_all(int version);

// Allows `rights` at a path, as O_PATH opens it. The error is an errno.
std::expected<void, int> allow(const Fd& ruleset, const std::string& path, std::uint64_t rights);

// For the calling thread. REQUIRES: it has PR_SET_NO_NEW_PRIVS. The error is an errno.
std::expected<void, int> restrict_thread(const Fd& ruleset);

}  // namespace gyre::process::landlock
