#include "common/tracker/run.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <optional>

#include "common/process/host.hpp"
#include "common/process/logging.hpp"
#include "common/process/privileges.hpp"
#include "common/process/supervisor.hpp"

namespace gyre::tracker {

std::expected<Process, std::string> Process::set_up(const config::ProgramInfo& program,
                                                    config::LogLevel log_level) {
  const auto level = config::log_level_names[static_cast<std::size_t>(log_level)];
  if (auto ready = process::set_up_logging(level); !ready) return std::unexpected(ready.error());
  auto signals = process::SignalFd::create();
  if (!signals) return std::unexpected(signals.error());
  auto notifier = process::Notifier::from_environment();
  if (!notifier) spdlog::warn(notifier.error());
  if (const auto raised = process::raise_file_limit(); !raised) spdlog::warn(raised.error());
  spdlog::info(config::version_line(program));
  return Process(std::move(*signals), notifier ? std::move(*notifier) : process::Notifier());
}

Result Process::drop_privileges(const config::PrivilegesConfig& config) const {
  if (!config.drop_privileges) return {};
  auto dropped = process::drop_privileges(
      {.user = config.user, .group = config.group, .chroot_directory = config.chroot_path});
  if (dropped) spdlog::info("privileges dropped: user {}, group {}", config.user, config.group);
  return dropped;
}

void Process::tell_ready() const {
  notifier_.ready();
  spdlog::info("ready");
}

Result Process::supervise(const process::WorkerGroup& workers,
                          const std::function<Result()>& load_files) const {
  const process::Supervisor supervisor(signals_, workers);
  // When all threads have begun, or nobody needs any more what a reload needed.
  constexpr auto settling_time = std::chrono::seconds(1);
  std::optional<std::chrono::milliseconds> time_max = settling_time;
  while (true) {
    const auto event = supervisor.wait(time_max);
    if (!event) {
      process::forget_used_code();
      time_max.reset();
      continue;
    }
    switch (*event) {
      case process::Event::stop:
        return {};
      case process::Event::reload:
        notifier_.reloading();
        if (const auto loaded = load_files(); !loaded) {
          spdlog::error("{}; what is in force stays", loaded.error());
        }
        notifier_.ready();
        time_max = settling_time;
        break;
      case process::Event::worker_ended: {
        const auto failures = workers.failures();
        return std::unexpected(failures.empty() ? "a worker ended" : failures.front());
      }
    }
  }
}

Result Process::stop(Result ended, const process::WorkerGroup& workers,
                     const std::function<void()>& stop_tracker) const {
  notifier_.stopping();
  if (ended) spdlog::info("stopping");
  stop_tracker();
  const auto failures = workers.failures();
  if (ended && !failures.empty()) return std::unexpected(failures.front());
  return ended;
}

int exit_status(const Result& ended) {
  if (ended) return 0;
  spdlog::default_logger()->set_level(spdlog::level::critical);  // said even if the level is off
  spdlog::critical(ended.error());
  return 1;
}

}  // namespace gyre::tracker
