#include "common/tracker/run.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include "common/process/host.hpp"
#include "common/process/logging.hpp"
#include "common/process/privileges.hpp"
#include "common/process/supervisor.hpp"
#include "common/process/system_call_filter.hpp"

namespace gyre::tracker {
namespace {

std::string reader_after_drop(const config::PrivilegesConfig& config) {
  const std::string place = config.chroot_path.empty() ? "" : ", inside " + config.chroot_path;
  return " (as user " + config.user + place + ")";
}

}  // namespace

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

Result Process::load_and_drop_privileges(const config::PrivilegesConfig& config,
                                         const FilesFunction& load_files,
                                         const FilesFunction& check_files,
                                         const std::vector<std::string>& sockets) {
  const auto before = load_files();
  if (!config.drop_privileges) return before;
  auto dropped = process::drop_privileges(config, sockets);
  if (!dropped) return dropped;
  spdlog::info(fmt::format("privileges dropped: user {}, group {}", config.user, config.group));
  reader_ = reader_after_drop(config);
  const auto after = load_files();
  if (after) return {};
  const std::string problem = after.error() + reader_;
  if (const auto enough = check_files(); !enough) {
    const bool is_same = before || before.error() == after.error();
    const std::string first = is_same ? "" : before.error() + "; then ";
    return std::unexpected(first + problem + "; " + enough.error());
  }
  spdlog::warn(fmt::format(
      "{}; what was read before privileges were dropped stays in use, but cannot be reloaded: copy "
      "the file to where that user can read it (a renewed certificate with certbot's deploy hook), "
      "or use systemd's LoadCredential=; see documents/operating.md",
      problem));
  return {};
}

std::expected<process::Sandbox, std::string> Process::confine(
    const config::PrivilegesConfig& config, process::SandboxPaths paths) const {
  process::Sandbox sandbox;
  if (config.sandbox) {
    paths.has_own_root = config.drop_privileges && !config.chroot_path.empty();
    auto created = process::Sandbox::create(paths);
    if (!created) return created;
    sandbox = std::move(*created);
    if (auto entered = sandbox.enter(); !entered) return std::unexpected(entered.error());
  }
  process::start_allocator_thread();
  if (config.system_call_filter) {
    if (auto filtered = process::filter_system_calls(); !filtered) {
      return std::unexpected(filtered.error());
    }
  }
  spdlog::info(fmt::format("sandbox: {}{}", sandbox.description(),
                           config.system_call_filter ? "; system calls are filtered" : ""));
  return sandbox;
}

void Process::report_ready() const {
  notifier_.ready();
  spdlog::info("ready");
}

Result Process::supervise(const process::WorkerGroup& workers,
                          const FilesFunction& load_files) const {
  constexpr auto forgetting_interval = std::chrono::seconds(5);
  while (true) {
    const auto event = process::wait_for_event(signals_, workers, forgetting_interval);
    if (!event) {
      process::forget_used_code();
      continue;
    }
    switch (*event) {
      case process::Event::stop:
        return {};
      case process::Event::reload:
        notifier_.reloading();
        if (!load_files) {
          spdlog::info("reload: no files are configured");
        } else if (const auto loaded = load_files(); !loaded) {
          spdlog::error(fmt::format("{}{}; the reload changed nothing", loaded.error(), reader_));
        }
        notifier_.ready();
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
  spdlog::default_logger()->set_level(spdlog::level::critical);  // even if the level is off
  spdlog::critical(ended.error());
  return 1;
}

}  // namespace gyre::tracker
