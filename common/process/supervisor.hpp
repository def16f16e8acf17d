// The event loop of main() while the workers run: signals from the operator, and the end of a
// worker. The start-up of a tracker is: block signals, read the configuration, set up logging,
// bind, start the workers, drop privileges, report that it is ready, then handle events until told
// to stop.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "common/process/signals.hpp"
#include "common/process/workers.hpp"

namespace gyre::process {

enum class Event : std::uint8_t {
  stop,          // SIGTERM, SIGINT
  reload,        // SIGHUP, SIGUSR1
  worker_ended,  // WorkerGroup::failures() has the reason
};

// Waits for the next event; nullopt after `time_max`. Once a worker has ended, every call returns
// worker_ended: the program cannot go on without it.
std::optional<Event> wait_for_event(const SignalFd& signals, const WorkerGroup& workers,
                                    std::optional<std::chrono::milliseconds> time_max = {});

}  // namespace gyre::process
