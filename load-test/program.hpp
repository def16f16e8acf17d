// The main function of every load tester: from the command line to a report and an exit status.
//
// A load tester's Config has a member `run` (load-test/run_config.hpp), and beside describe() and
// validate() a function population_of(config).
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <variant>

#include "common/config/cli.hpp"
#include "load-test/population.hpp"
#include "load-test/report.hpp"
#include "load-test/run_config.hpp"

namespace gyre::load_test {

// Does `work` with the log set up, and returns the exit status; an error is logged.
int run_program(const RunConfig& config,
                const std::function<std::expected<void, std::string>()>& work);

// Runs a load test and prints its report.
std::expected<void, std::string> print_report(
    const std::function<std::expected<Report, std::string>()>& run);

std::expected<void, std::string> print_info_hashes(const PopulationOptions& population);

template <class Config>
int program(int argc, char** argv, const config::ProgramInfo& info,
            std::expected<Report, std::string> (*run)(const Config&, pid_t tracker)) {
  bool prints_info_hashes = false;
  std::int64_t tracker_pid = 0;
  const std::array<config::ExtraOption, 2> options = {
      {{.name = "--tracker-pid",
        .text = "PID of the tracker on this host: report CPU and memory of it and its children",
        .value = &tracker_pid},
       {.name = "--print-info-hashes",
        .text = "Print the torrents of the run, one per line, and exit",
        .value = &prints_info_hashes}}};
  const auto result = config::from_command_line<Config>(argc, argv, info, options);
  if (const auto* exit = std::get_if<config::ExitCode>(&result)) return static_cast<int>(*exit);
  const auto& config = std::get<Config>(result);
  return run_program(config.run, [&] {
    if (prints_info_hashes) return print_info_hashes(population_of(config));
    return print_report([&] { return run(config, static_cast<pid_t>(tracker_pid)); });
  });
}

}  // namespace gyre::load_test
