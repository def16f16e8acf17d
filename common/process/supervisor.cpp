#include "common/process/supervisor.hpp"

#include <poll.h>

#include <array>
#include <csignal>

namespace gyre::process {

Event Supervisor::wait() const {
  while (true) {
    std::array<pollfd, 2> watched = {
        {{workers_.ended_fd(), POLLIN, 0}, {signals_.fd(), POLLIN, 0}}};
    if (poll(watched.data(), watched.size(), -1) < 0) continue;  // a debugger, for one
    if (watched[0].revents != 0) return Event::worker_ended;
    const auto signal = signals_.next();
    if (!signal) continue;
    return *signal == SIGHUP || *signal == SIGUSR1 ? Event::reload : Event::stop;
  }
}

}  // namespace gyre::process
