// What main() waits for while the workers work: signals from the operator and the end of a worker.
// A tracker's main() reads: block signals, read the configuration, set up logging, bind, start the
// workers, drop privileges, tell that it is ready, then act on events until it must stop.
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

// Waits for the next event, or for so long: then there is none. Once a worker has ended, every call
// says so: the program cannot go on without it.
std::optional<Event> wait_for_event(const SignalFd& signals, const WorkerGroup& workers,
                                    std::optional<std::chrono::milliseconds> time_max = {});

}  // namespace gyre::process
