// gyre_ws_load_test: from the command line to a report and an exit status.
#include "load-test/program.hpp"
#include "load-test/run.hpp"
#include "load-test/ws/config.hpp"
#include "load-test/ws/count_layout.hpp"
#include "load-test/ws/worker.hpp"

int main(int argc, char** argv) {
  using namespace gyre::load_test;
  return program<ws::Config>(
      argc, argv, ws::program_info(), [](const ws::Config& config, pid_t tracker) {
        const auto participants = ws::make_participants(config);
        const std::string_view scheme = config.enable_tls ? "wss://" : "ws://";
        return run({.config = config.run,
                    .layout = ws::count_layout,
                    .make_worker =
                        [&](std::uint32_t index, const Phase& first_phase) {
                          return ws::Worker::create(config, index, participants, first_phase);
                        },
                    .target = std::string(scheme) + to_string(config.run.server_address)},
                   tracker);
      });
}
