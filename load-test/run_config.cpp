#include "load-test/run_config.hpp"

#include <fmt/format.h>

#include "common/config/cli.hpp"
#include "load-test/rate_search.hpp"

namespace gyre::load_test {

using config::Integers;
using config::Numbers;

void describe_run(config::Schema& schema, RunConfig& config, std::string_view workers_key) {
  auto& [server_address, log_level, workers, duration, summarize_last, mode, rate,
         search_p99_max_us, search_loss_max, search_step_duration, seed] = config;
  schema.setting("server_address", server_address, "The tracker's address and port.");
  config::describe_log_level(schema, log_level);
  schema.setting(workers_key, workers,
                 "Threads that send and receive. Each keeps a CPU busy all the time, so that it "
                 "is never late; use taskset to select the CPUs.",
                 Integers{1, 250});
  schema.setting("duration", duration,
                 "Seconds to run; 0: until SIGINT or SIGTERM. The mode search ends by itself.");
  schema.setting("summarize_last", summarize_last,
                 "Report only on this many seconds at the end of the run, so that all peers can "
                 "announce before; 0: on all of it.");
  schema.setting("mode", mode, mode_names,
                 "\"saturate\" sends as fast as responses come, to find the highest throughput. "
                 "\"rate\" sends at a fixed rate whether or not responses come, to measure latency "
                 "at that load. \"search\" looks for the highest rate with acceptable latency.");
  schema.setting("rate", rate,
                 "Requests per second of all workers together, in the mode rate; in the mode "
                 "search, the first rate to try.",
                 Integers{1, RateSearch::rate_max});
  schema.setting("search_p99_max_us", search_p99_max_us,
                 "In the mode search, the 99th percentile of latency that is still acceptable, "
                 "in microseconds.",
                 Numbers{1, 1e9});
  schema.setting("search_loss_max", search_loss_max,
                 "In the mode search, the share of lost requests that is still acceptable.",
                 Numbers{0, 1});
  schema.setting("search_step_duration", search_step_duration,
                 "Seconds for which the mode search tries a rate. A rate that fails is tried "
                 "once more.",
                 Integers{1, 3600});
  schema.setting("seed", seed,
                 "Seed of all randomness: the same seed gives the same torrents, peers and order "
                 "of requests.");
}

config::ProgramInfo program_info_of(std::string_view name, std::string_view summary) {
  return {.name = name,
          .version = GYRE_VERSION,
          .summary = summary,
          .override_example = "GYRE_DURATION=10",
          .signals = "SIGTERM, SIGINT   end the run now and report on it"};
}

std::vector<std::string> validate_run(const RunConfig& config) {
  std::vector<std::string> problems;
  if (config.summarize_last > config.duration) {
    problems.push_back(
        fmt::format("summarize_last: {} s, but the run lasts only {} s (duration); make it longer",
                    config.summarize_last, config.duration));
  }
  if (config.server_address.port == 0) {
    problems.emplace_back("server_address: port 0 is not valid; set the tracker's port");
  }
  return problems;
}

}  // namespace gyre::load_test
