// Owner of one file descriptor: closes it when it goes out of scope, and never twice. It knows
// nothing of what is behind the number; reading, writing and errors stay with the caller.
//
// Invariant: holds -1, or an open descriptor that nobody else closes.
#pragma once

#include <unistd.h>

#include <utility>

namespace gyre {

class Fd {
 public:
  Fd() = default;

  // Takes what a system call returned: a negative value means that there is nothing to own.
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

  // Gives the descriptor up; the caller closes it.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

  // Closes the present descriptor and owns `fd` in its place. close(2) may report an error of an
  // earlier write, but the descriptor is gone in any case, so there is nothing to retry.
  void reset(int fd = -1) {
    const int old = std::exchange(fd_, fd < 0 ? -1 : fd);
    if (old >= 0 && old != fd_) ::close(old);
  }

 private:
  int fd_ = -1;
};

}  // namespace gyre
