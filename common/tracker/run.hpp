// The main function of a tracker: from the command line to a running tracker and back to an exit
// status. It handles the process (signals, logging, the service manager, privileges) for a class
// Tracker with
//
//   static std::expected<std::unique_ptr<Tracker>, std::string> create(const Config&);
//   Result load_files();              // read again on a reload; errors change nothing
//   Result check_files() const;       // whether what has been read is enough to serve
//   bool has_files() const;           // whether any are configured
//   process::SandboxPaths sandbox_paths() const;
//   void serve(process::Sandbox);     // after privileges are dropped, in the sandbox
//   void stop();
//   process::WorkerGroup& workers();
//
// whose Config has `log_level` and `privileges`.
//
// Files are read before privileges are dropped, when root may read all of them, and again
// afterwards, with the rights and the root directory that a reload will have. A file that can be
// read only before stays in use, with a warning that no reload will replace it; one that cannot
// be read at all ends the start.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/config/cli.hpp"
#include "common/config/general.hpp"
#include "common/config/privileges.hpp"
#include "common/process/notify.hpp"
#include "common/process/sandbox.hpp"
#include "common/process/signals.hpp"
#include "common/process/workers.hpp"
#include "common/tracker/core.hpp"

namespace gyre::tracker {

using FilesFunction = std::function<Result()>;  // of Tracker

// The state of the process besides the tracker.
class Process {
 public:
  // REQUIRES: process::block_signals() was called.
  static std::expected<Process, std::string> set_up(const config::ProgramInfo& program,
                                                    config::LogLevel log_level);

  // Reads the files, drops privileges if configured, and reads the files again. The user switched
  // to gets the unix sockets.
  Result load_and_drop_privileges(const config::PrivilegesConfig& config,
                                  const FilesFunction& load_files, const FilesFunction& check_files,
                                  const std::vector<std::string>& sockets);
  // Gives up what serving does not need: the calling thread and the allocator's, which this starts,
  // are in the sandbox that it returns; the others have yet to enter it.
  std::expected<process::Sandbox, std::string> confine(const config::PrivilegesConfig& config,
                                                       process::SandboxPaths paths) const;
  void report_ready() const;

  // Returns when the operator stops the tracker, or with the reason why a worker cannot go on.
  // Without `load_files` there is nothing to reload.
  Result supervise(const process::WorkerGroup& workers, const FilesFunction& load_files) const;

  // Stops the tracker. Returns `ended`, or else the first error of a worker during the stop.
  Result stop(Result ended, const process::WorkerGroup& workers,
              const std::function<void()>& stop_tracker) const;

 private:
  Process(process::SignalFd signals, process::Notifier notifier)
      : signals_(std::move(signals)), notifier_(std::move(notifier)) {}

  process::SignalFd signals_;
  process::Notifier notifier_;
  std::string reader_;  // for errors of a reload: " (as user nobody)"
};

template <class Tracker, class Config>
Result run(const config::ProgramInfo& program, const Config& config) {
  auto process = Process::set_up(program, config.log_level);
  if (!process) return std::unexpected(process.error());
  const auto created = Tracker::create(config);
  if (!created) return std::unexpected(created.error());
  Tracker& tracker = **created;
  const auto load_files = [&] { return tracker.load_files(); };
  const auto check_files = [&] { return tracker.check_files(); };
  auto loaded = process->load_and_drop_privileges(config.privileges, load_files, check_files,
                                                  tracker.sandbox_paths().removed);
  if (!loaded) return loaded;
  auto sandbox = process->confine(config.privileges, tracker.sandbox_paths());
  if (!sandbox) return std::unexpected(sandbox.error());
  tracker.serve(std::move(*sandbox));
  process->report_ready();
  auto ended = process->supervise(tracker.workers(),
                                  tracker.has_files() ? FilesFunction(load_files) : nullptr);
  return process->stop(std::move(ended), tracker.workers(), [&] { tracker.stop(); });
}

// Logs why the program ends, whatever the log level, and returns the exit status.
int exit_status(const Result& ended);

template <class Tracker, class Config>
int tracker_main(int argc, char** argv, const config::ProgramInfo& program) {
  const auto config = config::from_command_line<Config>(argc, argv, program);
  if (const auto* exit = std::get_if<config::ExitCode>(&config)) return static_cast<int>(*exit);
  process::block_signals();
  return exit_status(run<Tracker>(program, std::get<Config>(config)));
}

}  // namespace gyre::tracker
