// Signals as events of a descriptor, so that they interrupt nothing: SIGTERM, SIGINT, SIGHUP and
// SIGUSR1 are blocked in every thread and read from a signalfd.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "common/base/fd.hpp"

namespace gyre::process {

// Blocks these four in the calling thread and the threads that it starts, and ignores SIGPIPE.
// REQUIRES: called in main() before any thread starts.
void block_signals();

class SignalFd {
 public:
  // REQUIRES: block_signals() was called.
  static std::expected<SignalFd, std::string> create();

  int fd() const { return fd_.get(); }  // readable while a signal is pending

  // Takes a pending signal and returns its number; nullopt if there is none. Never blocks.
  std::optional<int> next() const;

 private:
  explicit SignalFd(Fd fd) : fd_(std::move(fd)) {}

  Fd fd_;
};

}  // namespace gyre::process
