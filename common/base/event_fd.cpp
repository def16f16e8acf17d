#include "common/base/event_fd.hpp"

#include <sys/eventfd.h>

#include <cstdint>

#include "common/base/text.hpp"

namespace gyre {

std::expected<EventFd, std::string> EventFd::create() {
  Fd fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd) return std::unexpected("cannot create an eventfd: " + errno_text());
  return EventFd(std::move(fd));
}

void EventFd::signal() const {
  const std::uint64_t one = 1;
  // Fails only if the counter is about to overflow, and then the descriptor is readable already.
  [[maybe_unused]] const auto written = ::write(fd_.get(), &one, sizeof one);
}

void EventFd::clear() const {
  std::uint64_t count = 0;
  // Fails only if nothing was signalled, which is the state that the caller wants.
  [[maybe_unused]] const auto taken = ::read(fd_.get(), &count, sizeof count);
}

}  // namespace gyre
