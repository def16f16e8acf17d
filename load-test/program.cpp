#include "load-test/program.hpp"

#include <spdlog/spdlog.h>

#include <iostream>

#include "common/process/host.hpp"
#include "common/process/logging.hpp"
#include "common/process/signals.hpp"

namespace gyre::load_test {

using Result = std::expected<void, std::string>;

int run_program(const RunConfig& config, const std::function<Result()>& work) {
  const auto level = static_cast<std::size_t>(config.log_level);
  auto done = process::set_up_logging(config::log_level_names[level]);
  if (done) done = work();
  if (done) return 0;
  spdlog::default_logger()->set_level(spdlog::level::critical);  // said even if the level is off
  spdlog::critical(done.error());
  return 1;
}

Result print_report(const std::function<std::expected<Report, std::string>()>& run) {
  process::block_signals();
  if (const auto raised = process::raise_file_limit(); !raised) spdlog::warn(raised.error());
  const auto report = run();
  if (!report) return std::unexpected(report.error());
  std::cerr << to_text(*report);
  std::cout << to_json(*report) << '\n' << std::flush;
  return {};
}

Result print_info_hashes(const PopulationOptions& population) {
  std::ios::sync_with_stdio(false);
  for (std::uint32_t torrent = 0; torrent < population.torrent_count; ++torrent) {
    std::cout << to_hex(info_hash_of(population.seed, torrent)) << '\n';
  }
  if (!std::cout.flush()) return std::unexpected("cannot write to standard output");
  return {};
}

}  // namespace gyre::load_test
