// Signals as events of a descriptor, so that nothing is ever interrupted by one: SIGTERM, SIGINT,
// SIGHUP and SIGUSR1 are blocked in every thread and read from a signalfd.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "common/base/fd.hpp"

namespace gyre::process {

// Blocks the four in this thread and those that it starts, and ignores SIGPIPE in the process. To
// be called in main() before any thread starts.
void block_signals();

class SignalFd {
 public:
  // Requires block_signals().
  static std::expected<SignalFd, std::string> create();

  int fd() const { return fd_.get(); }  // readable while a signal is pending

  // The number of a pending signal, which is then no longer pending. Does not wait.
  std::optional<int> next() const;

 private:
  explicit SignalFd(Fd fd) : fd_(std::move(fd)) {}

  Fd fd_;
};

}  // namespace gyre::process
