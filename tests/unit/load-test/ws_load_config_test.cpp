// The settings of gyre_ws_load_test, and the two committed files that are made from them. When a
// setting has changed on purpose, make them again, with the new program:
//
//   gyre_ws_load_test -p > tests/golden/gyre_ws_load_test_default.toml
//   gyre_ws_load_test --print-reference > documents/configuration-ws-load-test.md
#include <gtest/gtest.h>

#include <functional>

#include "common/config/cli.hpp"
#include "load-test/ws/config.hpp"
#include "tests/support/config_changes.hpp"

namespace gyre::load_test::ws {
namespace {

using Lines = std::vector<std::string>;

using test::read;

TEST(WsLoadConfig, TheCommittedFilesAreThePrintedOnes) {
  test::expect_committed_files<Config>("tests/golden/gyre_ws_load_test_default.toml",
                                       "documents/configuration-ws-load-test.md",
                                       program_info().name);
}

TEST(WsLoadConfig, TheDefaultsAreInOrder) {
  test::expect_defaults_in_order<Config>();
}

// Results can be set beside published ones only while these stay as they are.
TEST(WsLoadConfig, AFileForAquaticMeansTheSame) {
  Config config;
  EXPECT_EQ(read(R"(
server_address = "127.0.0.1:3001"
log_level = "error"
num_workers = 1
num_connections_per_worker = 16
connection_creation_interval_ms = 10
duration = 0
measure_after_max_connections_reached = true

[torrents]
offers_per_request = 10
number_of_torrents = 10000
peer_seeder_probability = 0.25
weight_announce = 5
weight_scrape = 0
torrent_gamma_shape = 0.2
torrent_gamma_scale = 100.0
)",
                 config),
            Lines{});
  EXPECT_EQ(config, Config{});
}

TEST(WsLoadConfig, ValuesBeyondTheirRangeAreRefused) {
  for (const std::string_view document :
       {"num_workers = 0", "num_connections_per_worker = 0", "idle_connections = -1",
        "[network]\nmax_in_flight = 0", "[network]\nclient_addresses = 0",
        "[torrents]\nnumber_of_torrents = 0", "[torrents]\noffers_per_request = 65",
        "[torrents]\nsdp_size = 599", "[torrents]\nanswer_probability = 1.5",
        "[torrents]\ntorrents_per_connection = 0"}) {
    Config config;
    EXPECT_EQ(read(document, config).size(), 1U) << document;
    EXPECT_EQ(config, Config{}) << document;
  }
}

TEST(WsLoadConfig, RulesBetweenSettings) {
  struct Case {
    std::string_view name;
    std::function<void(Config&)> make;
    Lines problems;
  };
  const std::vector<Case> cases = {
      {"no requests",
       [](Config& c) { c.torrents.weight_announce = c.torrents.weight_scrape = 0; },
       {"torrents.weight_announce: 0, as is weight_scrape: there would be no requests; raise one "
        "of them"}},
      {"too many connections",
       [](Config& c) {
         c.run.workers = 16;
         c.num_connections_per_worker = 1'000'000;
         c.idle_connections = 10'000'000;
       },
       {"num_connections_per_worker: 26000000 connections in total, at most 16777216 are "
        "possible"}},
      {"too many places",
       [](Config& c) {
         c.num_connections_per_worker = 1'000'000;
         c.torrents_per_connection = 101;
       },
       {"torrents.torrents_per_connection: 101000000 peers in total, at most 100000000 are "
        "possible"}},
      {"a path", [](Config& c) { c.url_path = "/announce?x=1"; }, {}},
      {"no path", [](Config& c) { c.url_path = ""; }, {"url_path: empty; / is the shortest path"}},
      {"not from the root",
       [](Config& c) { c.url_path = "announce"; },
       {"url_path: must start with a slash and contain no spaces; write it as in a URL"}},
      {"a blank",
       [](Config& c) { c.url_path = "/a b"; },
       {"url_path: must start with a slash and contain no spaces; write it as in a URL"}},
      {"an echo", [](Config& c) { c.echo = true; }, {}},
      {"an echo that inflates",
       [](Config& c) { c.echo = c.deflate = true; },
       {"deflate: not possible with echo; turn one of them off"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Config config;
    c.make(config);
    EXPECT_EQ(validate(config), c.problems);
  }
}

TEST(WsLoadConfig, IdleConnectionsHaveTorrentsOfTheirOwn) {
  Config config;
  config.torrents.number_of_torrents = 5;
  EXPECT_EQ(population_of(config).torrent_count, 5U);
  config.idle_connections = 1;
  EXPECT_EQ(population_of(config).torrent_count, 10U);
  EXPECT_EQ(places_of(config).torrent_count, 5U);
}

}  // namespace
}  // namespace gyre::load_test::ws
