// gyre_http_load_test: from the command line to a report and an exit status.
#include "load-test/http/config.hpp"
#include "load-test/http/count_layout.hpp"
#include "load-test/http/worker.hpp"
#include "load-test/program.hpp"
#include "load-test/run.hpp"

int main(int argc, char** argv) {
  using namespace gyre::load_test;
  return program<http::Config>(
      argc, argv, http::program_info(), [](const http::Config& config, pid_t tracker) {
        const auto peers = make_peers(population_of(config));
        const std::string_view scheme = config.enable_tls ? "https://" : "http://";
        return run({.config = config.run,
                    .layout = http::count_layout,
                    .make_worker =
                        [&](std::uint32_t index, const Phase& first_phase) {
                          return http::Worker::create(config, index, peers, first_phase);
                        },
                    .target = std::string(scheme) + to_string(config.run.server_address)},
                   tracker);
      });
}
