// gyre_udp_load_test: from the command line to a report and an exit status.
#include <spdlog/spdlog.h>

#include <array>
#include <iostream>

#include "common/config/cli.hpp"
#include "common/process/host.hpp"
#include "common/process/logging.hpp"
#include "common/process/signals.hpp"
#include "load-test/udp/config.hpp"
#include "load-test/udp/run.hpp"

namespace {

using namespace gyre;
using Result = std::expected<void, std::string>;

struct Arguments {
  bool print_info_hashes = false;
  std::int64_t tracker_pid = 0;
};

Result print_info_hashes(const udp_load::Config& config) {
  std::ios::sync_with_stdio(false);
  for (std::uint32_t torrent = 0; torrent < config.requests.number_of_torrents; ++torrent) {
    std::cout << to_hex(load_test::info_hash_of(config.seed, torrent)) << '\n';
  }
  if (!std::cout.flush()) return std::unexpected("cannot write to the standard output");
  return {};
}

Result run(const udp_load::Config& config, const Arguments& arguments) {
  const auto level = static_cast<std::size_t>(config.log_level);
  if (auto ready = process::set_up_logging(config::log_level_names[level]); !ready) return ready;
  if (arguments.print_info_hashes) return print_info_hashes(config);
  process::block_signals();
  if (const auto raised = process::raise_file_limit(); !raised) spdlog::warn(raised.error());
  const auto report = udp_load::run(config, static_cast<pid_t>(arguments.tracker_pid));
  if (!report) return std::unexpected(report.error());
  std::cerr << to_text(*report);
  std::cout << to_json(*report) << '\n' << std::flush;
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  const std::array<config::ExtraOption, 2> options = {
      {{.name = "--tracker-pid",
        .text = "Process of the tracker on this host: report its CPU time and memory too",
        .value = &arguments.tracker_pid},
       {.name = "--print-info-hashes",
        .text = "Print the torrents of the run, one in each line, and exit",
        .value = &arguments.print_info_hashes}}};
  const auto config =
      config::from_command_line<udp_load::Config>(argc, argv, udp_load::program_info(), options);
  if (const auto* exit = std::get_if<config::ExitCode>(&config)) return static_cast<int>(*exit);
  if (const auto ended = run(std::get<udp_load::Config>(config), arguments); !ended) {
    spdlog::default_logger()->set_level(spdlog::level::critical);  // said even if the level is off
    spdlog::critical(ended.error());
    return 1;
  }
  return 0;
}
