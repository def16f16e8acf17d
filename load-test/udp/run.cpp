#include "load-test/udp/run.hpp"

#include "load-test/run.hpp"
#include "load-test/udp/worker.hpp"

namespace gyre::load_test::udp {

std::expected<load_test::Report, std::string> run(const Config& config, pid_t tracker) {
  const auto peers = load_test::make_peers(population_of(config));
  return load_test::run(
      {.config = config.run,
       .layout = count_layout,
       .make_worker =
           [&](std::uint32_t index, const load_test::Phase& first_phase) {
             return Worker::create(
                 config, index, load_test::share_of(peers, index, config.run.workers), first_phase);
           },
       .target = "udp://" + to_string(config.run.server_address)},
      tracker);
}

}  // namespace gyre::load_test::udp
