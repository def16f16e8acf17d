// Owner of one file descriptor: closes it exactly once, at the end of its scope.
//
// Invariant: holds -1, or an open descriptor that nobody else closes.
#pragma once

#include <unistd.h>

#include <utility>

namespace gyre {

class Fd {
 public:
  Fd() = default;

  // Takes what a system call returned; a negative value means that there is nothing to own.
  explicit Fd(int fd) : fd_(fd < 0 ? -1 : fd) {}

  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

  // Gives up ownership: the caller closes it.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

  // Closes the descriptor and owns `fd` instead. An error of close(2) is that of an earlier write:
  // the descriptor is gone in any case, and there is nothing to retry.
  void reset(int fd = -1) {
    const int old = std::exchange(fd_, fd < 0 ? -1 : fd);
    if (old >= 0 && old != fd_) ::close(old);
  }

 private:
  int fd_ = -1;
};

}  // namespace gyre
