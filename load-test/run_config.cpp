#include "load-test/run_config.hpp"

#include <fmt/format.h>

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
                 "Threads that send and receive. Each of them keeps a CPU busy all the time, so "
                 "that it is never late; taskset says which.",
                 Integers{1, 250});
  schema.setting("duration", duration,
                 "Seconds to run; 0 goes on until SIGINT or SIGTERM. The mode search ends by "
                 "itself.");
  schema.setting("summarize_last", summarize_last,
                 "Report on this many seconds at the end of the run only, so that all peers can "
                 "be announced before; 0 reports on all of it.");
  schema.setting("mode", mode,
                 "\"saturate\" sends as fast as responses come, and finds the highest throughput. "
                 "\"rate\" sends at a fixed rate whether responses come or not, and shows the "
                 "latencies of that load. \"search\" tries rates for the highest one with bearable "
                 "latencies.");
  schema.setting("rate", rate,
                 "Requests per second, of all workers together, in the mode rate; the first one to "
                 "try in the mode search.",
                 Integers{1, RateSearch::rate_max});
  schema.setting("search_p99_max_us", search_p99_max_us,
                 "The mode search finds the highest rate at which 99 % of the responses come "
                 "within this many microseconds.",
                 Numbers{1, 1e9});
  schema.setting("search_loss_max", search_loss_max,
                 "A rate at which a larger share of the requests is lost is too high for the mode "
                 "search.",
                 Numbers{0, 1});
  schema.setting(
      "search_step_duration", search_step_duration,
      "Seconds for which the mode search tries a rate. One that fails is tried once more.",
      Integers{1, 3600});
  schema.setting("seed", seed,
                 "All requests follow from it: the same seed makes the same torrents, peers and "
                 "order of requests.");
}

std::vector<std::string> validate_run(const RunConfig& config) {
  std::vector<std::string> problems;
  if (config.summarize_last > config.duration) {
    problems.push_back(
        fmt::format("summarize_last: {} s, but the run lasts {} s (duration); make the run longer",
                    config.summarize_last, config.duration));
  }
  if (config.server_address.port == 0) {
    problems.emplace_back("server_address: port 0 cannot be sent to; name the tracker's port");
  }
  return problems;
}

}  // namespace gyre::load_test
