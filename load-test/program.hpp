// The main function of every load tester: from the command line to a report and an exit status.
// Between a load tester's settings and its run.
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

struct ProgramArguments {
  bool print_info_hashes = false;
  std::int64_t tracker_pid = 0;
};

using Measure = std::function<std::expected<Report, std::string>(pid_t tracker)>;

// The exit status, with everything said.
int run_program(const RunConfig& config, const PopulationOptions& population,
                const ProgramArguments& arguments, const Measure& measure);

template <class Config>
int program(int argc, char** argv, const config::ProgramInfo& info,
            std::expected<Report, std::string> (*run)(const Config&, pid_t)) {
  ProgramArguments arguments;
  const std::array<config::ExtraOption, 2> options = {
      {{.name = "--tracker-pid",
        .text = "PID of the tracker on this host: report CPU and memory of it and its children",
        .value = &arguments.tracker_pid},
       {.name = "--print-info-hashes",
        .text = "Print the torrents of the run, one per line, and exit",
        .value = &arguments.print_info_hashes}}};
  const auto result = config::from_command_line<Config>(argc, argv, info, options);
  if (const auto* exit = std::get_if<config::ExitCode>(&result)) return static_cast<int>(*exit);
  const auto& config = std::get<Config>(result);
  return run_program(config.run, population_of(config), arguments,
                     [&](pid_t tracker) { return run(config, tracker); });
}

}  // namespace gyre::load_test
