// gyre_udp_load_test: from the command line to a report and an exit status.
#include "load-test/program.hpp"
#include "load-test/run.hpp"
#include "load-test/udp/config.hpp"
#include "load-test/udp/count_layout.hpp"
#include "load-test/udp/worker.hpp"

int main(int argc, char** argv) {
  using namespace gyre::load_test;
  return program<udp::Config>(
      argc, argv, udp::program_info(), [](const udp::Config& config, pid_t tracker) {
        const auto peers = make_peers(population_of(config));
        return run({.config = config.run,
                    .layout = udp::count_layout,
                    .make_worker =
                        [&](std::uint32_t index, const Phase& first_phase) {
                          return udp::Worker::create(config, index, peers, first_phase);
                        },
                    .target = "udp://" + to_string(config.run.server_address)},
                   tracker);
      });
}
