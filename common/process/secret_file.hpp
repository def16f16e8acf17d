// Files that nobody but the tracker should read, or even replace: private keys, secrets.
#pragma once

#include <string>

namespace gyre::process {

// A sentence for the log if others than the file's user and group can read it, or others than its
// user can write it, with the command that mends it; empty if all is well, or the file cannot be
// examined. `setting` names it: "network.tls_private_key_path".
std::string secret_file_warning(const std::string& setting, const std::string& path);

}  // namespace gyre::process
