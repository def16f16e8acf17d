// Gives root up for good, once everything that needs it (ports, files, limits) is done.
//
// Threading: all threads of the process change together; glibc sees to that.
#pragma once

#include <expected>
#include <string>

namespace gyre::process {

// Users and groups are those of /etc/passwd and /etc/group, or numbers.
struct Privileges {
  std::string user{};              // empty: stay who we are
  std::string group{};             // empty: the user's own group, or that of the user's number
  std::string chroot_directory{};  // empty: keep the file system's root
};

// Changes the root directory, then the groups, then the user, and verifies that root cannot be
// regained. Names are looked up first, so the files need not exist in the new root. When it
// fails the process may be half-way: the caller must exit. The error names what failed and why.
std::expected<void, std::string> drop_privileges(const Privileges& privileges);

}  // namespace gyre::process
