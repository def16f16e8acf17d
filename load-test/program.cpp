#include "load-test/program.hpp"

#include <spdlog/spdlog.h>

#include <iostream>

#include "common/process/host.hpp"
#include "common/process/logging.hpp"
#include "common/process/signals.hpp"

namespace gyre::load_test {
namespace {

using Result = std::expected<void, std::string>;

Result print_info_hashes(const PopulationOptions& population) {
  std::ios::sync_with_stdio(false);
  for (std::uint32_t torrent = 0; torrent < population.torrent_count; ++torrent) {
    std::cout << to_hex(info_hash_of(population.seed, torrent)) << '\n';
  }
  if (!std::cout.flush()) return std::unexpected("cannot write to standard output");
  return {};
}

Result run(const RunConfig& config, const PopulationOptions& population,
           const ProgramArguments& arguments, const Measure& measure) {
  const auto level = static_cast<std::size_t>(config.log_level);
  if (auto ready = process::set_up_logging(config::log_level_names[level]); !ready) return ready;
  if (arguments.print_info_hashes) return print_info_hashes(population);
  process::block_signals();
  if (const auto raised = process::raise_file_limit(); !raised) spdlog::warn(raised.error());
  const auto report = measure(static_cast<pid_t>(arguments.tracker_pid));
  if (!report) return std::unexpected(report.error());
  std::cerr << to_text(*report);
  std::cout << to_json(*report) << '\n' << std::flush;
  return {};
}

}  // namespace

int run_program(const RunConfig& config, const PopulationOptions& population,
                const ProgramArguments& arguments, const Measure& measure) {
  if (const auto ended = run(config, population, arguments, measure); !ended) {
    spdlog::default_logger()->set_level(spdlog::level::critical);  // said even if the level is off
    spdlog::critical(ended.error());
    return 1;
  }
  return 0;
}

}  // namespace gyre::load_test
