#include "load-test/ws/run.hpp"

#include "load-test/run.hpp"
#include "load-test/ws/worker.hpp"

namespace gyre::load_test::ws {

std::expected<load_test::Report, std::string> run(const Config& config, pid_t tracker) {
  const Community community(config);
  return load_test::run(
      {.config = config.run,
       .layout = count_layout,
       .make_worker =
           [&](std::uint32_t index, const load_test::Phase& first_phase) {
             return Worker::create(config, community, index, first_phase);
           },
       .target = (config.enable_tls ? "wss://" : "ws://") + to_string(config.run.server_address)},
      tracker);
}

}  // namespace gyre::load_test::ws
