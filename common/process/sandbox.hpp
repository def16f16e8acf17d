// What the process gives up before it serves, as far as the kernel allows: new privileges
// (PR_SET_NO_NEW_PRIVS), code written at run time (PR_SET_MDWE), and by Landlock all files but
// those that the configuration names, new TCP connections and listeners, and signals to other
// processes.
//
// Landlock and no_new_privs belong to a thread and those that it starts later, so that each thread
// that is already there enters the sandbox by itself. Descriptors that are open stay usable.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "common/base/fd.hpp"

namespace gyre::process {

struct SandboxPaths {
  // Files that are read again. Their folders become readable, since a file is replaced by renaming
  // another; likewise the folders that symbolic links lead to.
  std::vector<std::string> read = {};
  std::vector<std::string> removed = {};  // at exit: unix sockets
  // The root directory is a folder like any other (chroot). Without this, a file in it is readable
  // by itself, since its folder is everything.
  bool has_own_root = false;
};

class Sandbox {
 public:
  Sandbox() = default;  // gives up nothing

  // Looks the paths up with the user and the root directory that the process has now; what that
  // user cannot reach is left out. The error is the system's refusal, with advice.
  static std::expected<Sandbox, std::string> create(const SandboxPaths& paths);

  // Restricts the calling thread for good, and what it will start. Any thread.
  std::expected<void, std::string> enter() const;

  const std::string& description() const { return description_; }  // for the log

 private:
  bool is_on_ = false;
  Fd ruleset_;  // none if the kernel has no Landlock
  std::string description_ = "off";
};

}  // namespace gyre::process
