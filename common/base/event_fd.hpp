// A wake-up between threads as a descriptor (eventfd): one thread signals, another polls. It
// carries no data.
//
// Threading: signal() may be called from any thread, clear() only from the one that polls.
#pragma once

#include <expected>
#include <string>

#include "common/base/fd.hpp"

namespace gyre {

class EventFd {
 public:
  static std::expected<EventFd, std::string> create();

  int fd() const { return fd_.get(); }  // readable from signal() until clear()
  void signal() const;
  void clear() const;

 private:
  explicit EventFd(Fd fd) : fd_(std::move(fd)) {}

  Fd fd_;
};

}  // namespace gyre
