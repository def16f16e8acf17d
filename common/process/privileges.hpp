// Gives up root for good, once everything that needs it (ports, files, limits) is done.
//
// Threading: applies to all threads of the process; glibc sees to that.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "common/config/privileges.hpp"

namespace gyre::process {

// Changes the root directory, then the groups, then the user, and verifies that root cannot be
// regained. Names are looked up first, so the new root does not need the files. After an error the
// process may be half-way: the caller must exit. The error names what failed and why.
// Users and groups are those of /etc/passwd and /etc/group, or numbers; empty: no change. An empty
// group is the user's primary one, or the user's number. The files `owned` become theirs.
std::expected<void, std::string> drop_privileges(const config::PrivilegesConfig& config,
                                                 const std::vector<std::string>& owned = {});

}  // namespace gyre::process
