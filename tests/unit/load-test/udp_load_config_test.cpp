// The settings of gyre_udp_load_test, and the two committed files that are made from them. When a
// setting has changed on purpose, make them again, with the new program:
//
//   gyre_udp_load_test -p > tests/golden/gyre_udp_load_test_default.toml
//   gyre_udp_load_test --print-reference > documents/configuration-udp-load-test.md
#include <gtest/gtest.h>

#include <functional>

#include "common/config/cli.hpp"
#include "common/config/print.hpp"
#include "load-test/udp/config.hpp"
#include "tests/support/config_changes.hpp"

namespace gyre::load_test::udp {
namespace {

using Lines = std::vector<std::string>;

using test::read;

TEST(UdpLoadConfig, TheCommittedFilesAreThePrintedOnes) {
  test::expect_committed_files<Config>("tests/golden/gyre_udp_load_test_default.toml",
                                       "documents/configuration-udp-load-test.md",
                                       program_info().name);
}

TEST(UdpLoadConfig, TheDefaultsAreInOrder) {
  test::expect_defaults_in_order<Config>();
}

// Results can be set beside published ones only while these stay as they are.
TEST(UdpLoadConfig, AFileForAquaticMeansTheSame) {
  Config config;
  EXPECT_EQ(read(R"(
server_address = "127.0.0.1:3000"
log_level = "error"
workers = 1
duration = 0
summarize_last = 0

[network]
multiple_client_ipv4s = true
sockets_per_worker = 4
recv_buffer = 8000000

[requests]
number_of_torrents = 1000000
number_of_peers = 2000000
scrape_max_torrents = 10
announce_peers_wanted = 30
weight_connect = 50
weight_announce = 50
weight_scrape = 1
peer_seeder_probability = 0.75
)",
                 config),
            Lines{});
  EXPECT_EQ(config, Config{});
}

TEST(UdpLoadConfig, ValuesBeyondTheirRangeAreRefused) {
  for (const std::string_view document :
       {"workers = 0", "rate = 0", "mode = \"fast\"", "search_loss_max = 1.5", "seed = 4294967296",
        "[network]\nmax_in_flight = 0", "[network]\nmax_in_flight = 4097",
        "[requests]\nnumber_of_torrents = 0", "[requests]\nscrape_max_torrents = 75",
        "[requests]\nannounce_peers_wanted = -2", "[requests]\nstopped_probability = -0.1"}) {
    Config config;
    EXPECT_EQ(read(document, config).size(), 1U) << document;
    EXPECT_EQ(config, Config{}) << document;
  }
}

TEST(UdpLoadConfig, RulesBetweenSettings) {
  struct Case {
    std::string_view name;
    std::function<void(Config&)> make;
    Lines problems;
  };
  const std::vector<Case> cases = {
      {"all of the run", [](Config& c) { c.run.duration = c.run.summarize_last = 5; }, {}},
      {"more than the run",
       [](Config& c) {
         c.run.duration = 4;
         c.run.summarize_last = 5;
       },
       {"summarize_last: 5 s, but the run lasts only 4 s (duration); make it longer"}},
      {"the end of a run that has none",
       [](Config& c) { c.run.summarize_last = 5; },
       {"summarize_last: 5 s, but the run lasts only 0 s (duration); make it longer"}},
      {"no requests",
       [](Config& c) {
         c.requests.weight_connect = c.requests.weight_announce = c.requests.weight_scrape = 0;
       },
       {"requests.weight_announce: 0, as are the other weights: there would be no requests; raise "
        "one of them"}},
      {"a peer for each worker",
       [](Config& c) { c.run.workers = c.requests.number_of_peers = 3; },
       {}},
      {"too few peers",
       [](Config& c) {
         c.run.workers = 3;
         c.requests.number_of_peers = 2;
       },
       {"requests.number_of_peers: 2 peers are too few for 3 workers"}},
      {"no port",
       [](Config& c) { c.run.server_address.port = 0; },
       {"server_address: port 0 is not valid; set the tracker's port"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Config config;
    c.make(config);
    EXPECT_EQ(validate(config), c.problems);
  }
}

}  // namespace
}  // namespace gyre::load_test::udp
