// gyre_udp: from the command line to a running tracker and back to an exit status.
#include <spdlog/spdlog.h>

#include <iostream>

#include "common/config/cli.hpp"
#include "common/process/host.hpp"
#include "common/process/logging.hpp"
#include "common/process/notify.hpp"
#include "common/process/privileges.hpp"
#include "common/process/signals.hpp"
#include "common/process/supervisor.hpp"
#include "udp/config.hpp"
#include "udp/tracker.hpp"

namespace {

using namespace gyre;
using Result = std::expected<void, std::string>;

Result drop_privileges(const config::PrivilegesConfig& config) {
  if (!config.drop_privileges) return {};
  const auto dropped = process::drop_privileges(
      {.user = config.user, .group = config.group, .chroot_directory = config.chroot_path});
  if (dropped) spdlog::info("privileges dropped: user {}, group {}", config.user, config.group);
  return dropped;
}

void reload(udp::Tracker& tracker, const process::Notifier& notifier) {
  notifier.reloading();
  if (const auto loaded = tracker.load_access_list(); !loaded) {
    spdlog::error("{}; the list in force stays", loaded.error());
  }
  notifier.ready();
}

// Until the operator stops it, or a worker cannot go on.
Result supervise(udp::Tracker& tracker, const process::SignalFd& signals,
                 const process::Notifier& notifier) {
  const process::Supervisor supervisor(signals, tracker.workers());
  while (true) {
    switch (supervisor.wait()) {
      case process::Event::stop:
        return {};
      case process::Event::reload:
        reload(tracker, notifier);
        break;
      case process::Event::worker_ended: {
        const auto failures = tracker.workers().failures();
        return std::unexpected(failures.empty() ? "a worker ended" : failures.front());
      }
    }
  }
}

Result run(const udp::Config& config) {
  const auto level = static_cast<std::size_t>(config.log_level);
  if (auto ready = process::set_up_logging(config::log_level_names[level]); !ready) return ready;
  const auto signals = process::SignalFd::create();
  if (!signals) return std::unexpected(signals.error());
  auto connected = process::Notifier::from_environment();
  if (!connected) spdlog::warn(connected.error());
  const process::Notifier notifier = connected ? std::move(*connected) : process::Notifier();
  if (const auto raised = process::raise_file_limit(); !raised) spdlog::warn(raised.error());

  spdlog::info("gyre_udp {}", GYRE_VERSION);
  const auto tracker = udp::Tracker::create(config);
  if (!tracker) return std::unexpected(tracker.error());
  if (auto dropped = drop_privileges(config.privileges); !dropped) return dropped;
  if (auto loaded = (*tracker)->load_access_list(); !loaded) return loaded;
  (*tracker)->serve();
  notifier.ready();
  spdlog::info("ready");

  auto ended = supervise(**tracker, *signals, notifier);
  notifier.stopping();
  if (ended) spdlog::info("stopping");
  (*tracker)->stop();
  const auto failures = (*tracker)->workers().failures();
  if (ended && !failures.empty()) return std::unexpected(failures.front());
  return ended;
}

}  // namespace

int main(int argc, char** argv) {
  const auto config = config::from_command_line<udp::Config>(argc, argv, udp::program_info());
  if (const auto* exit = std::get_if<config::ExitCode>(&config)) return static_cast<int>(*exit);
  process::block_signals();
  if (const auto ended = run(std::get<udp::Config>(config)); !ended) {
    spdlog::default_logger()->set_level(spdlog::level::critical);  // said even if the level is off
    spdlog::critical(ended.error());
    return 1;
  }
  return 0;
}
