// Gives up root for good, once everything that needs it (ports, files, limits) is done.
//
// Threading: applies to all threads of the process; glibc sees to that.
#pragma once

#include <expected>
#include <string>
#include <vector>

namespace gyre::process {

// Users and groups are those of /etc/passwd and /etc/group, or numbers.
struct Privileges {
  std::string user{};                // empty: no change
  std::string group{};               // empty: the user's primary group, or the user's number
  std::string chroot_directory{};    // empty: no change
  std::vector<std::string> owned{};  // files that the user and group get: unix sockets
};

// Changes the root directory, then the groups, then the user, and verifies that root cannot be
// regained. Names are looked up first, so the new root does not need the files. After an error the
// process may be half-way: the caller must exit. The error names what failed and why.
std::expected<void, std::string> drop_privileges(const Privileges& privileges);

}  // namespace gyre::process
