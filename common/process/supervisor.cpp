#include "common/process/supervisor.hpp"

#include <poll.h>

#include <array>
#include <csignal>

namespace gyre::process {

std::optional<Event> wait_for_event(const SignalFd& signals, const WorkerGroup& workers,
                                    std::optional<std::chrono::milliseconds> time_max) {
  const int timeout = time_max ? static_cast<int>(time_max->count()) : -1;
  while (true) {
    std::array<pollfd, 2> watched = {{{workers.ended_fd(), POLLIN, 0}, {signals.fd(), POLLIN, 0}}};
    const int ready_count = poll(watched.data(), watched.size(), timeout);
    if (ready_count == 0) return std::nullopt;
    if (ready_count < 0) continue;  // interrupted, by a debugger for example
    if (watched[0].revents != 0) return Event::worker_ended;
    const auto signal = signals.next();
    if (!signal) continue;
    return *signal == SIGHUP || *signal == SIGUSR1 ? Event::reload : Event::stop;
  }
}

}  // namespace gyre::process
