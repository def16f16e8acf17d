// The settings of gyre_http_load_test, and the two committed files that are made from them. When a
// setting has changed on purpose, make them again, with the new program:
//
//   gyre_http_load_test -p > tests/golden/gyre_http_load_test_default.toml
//   gyre_http_load_test --print-reference > documents/configuration-http-load-test.md
#include <gtest/gtest.h>

#include <functional>

#include "common/config/cli.hpp"
#include "common/config/print.hpp"
#include "load-test/http/config.hpp"
#include "tests/support/config_changes.hpp"

namespace gyre::load_test::http {
namespace {

using Lines = std::vector<std::string>;

using test::read;

TEST(HttpLoadConfig, TheCommittedFilesAreThePrintedOnes) {
  test::expect_committed_files<Config>("tests/golden/gyre_http_load_test_default.toml",
                                       "documents/configuration-http-load-test.md",
                                       program_info().name);
}

TEST(HttpLoadConfig, TheDefaultsAreInOrder) {
  test::expect_defaults_in_order<Config>();
}

// Results can be set beside published ones only while these stay as they are. enable_tls is the
// one whose default differs.
TEST(HttpLoadConfig, AFileForAquaticMeansTheSame) {
  Config config;
  EXPECT_EQ(read(R"(
server_address = "127.0.0.1:3000"
log_level = "error"
num_workers = 1
num_connections = 128
connection_creation_interval_ms = 10
url_suffix = ""
duration = 0
keep_alive = true
enable_tls = true

[torrents]
number_of_torrents = 10000
peer_seeder_probability = 0.25
weight_announce = 5
weight_scrape = 0
torrent_gamma_shape = 0.2
torrent_gamma_scale = 100.0
)",
                 config),
            Lines{});
  Config expected;
  expected.enable_tls = true;
  EXPECT_EQ(config, expected);
}

TEST(HttpLoadConfig, ValuesBeyondTheirRangeAreRefused) {
  for (const std::string_view document :
       {"num_workers = 0", "num_connections = 0", "idle_connections = -1",
        "[network]\nclose_by = \"nobody\"", "[network]\nclient_addresses = 0",
        "[torrents]\nnumber_of_torrents = 0", "[torrents]\nscrape_torrents = 51",
        "[torrents]\nannounce_peers_wanted = -2", "[torrents]\ntorrent_gamma_shape = 0.0"}) {
    Config config;
    EXPECT_EQ(read(document, config).size(), 1U) << document;
    EXPECT_EQ(config, Config{}) << document;
  }
}

TEST(HttpLoadConfig, RulesBetweenSettings) {
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
      {"a peer for each address", [](Config& c) { c.number_of_peers = 16; }, {}},
      {"too few peers",
       [](Config& c) { c.number_of_peers = 15; },
       {"torrents.number_of_peers: 15 peers are too few for 1 workers with 16 addresses each "
        "(network.client_addresses)"}},
      {"a suffix of a path", [](Config& c) { c.url_suffix = "/secret"; }, {}},
      {"a suffix that would end the path",
       [](Config& c) { c.url_suffix = "?x"; },
       {"url_suffix: contains a character that is not allowed in a path; write it as in a URL"}},
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
}  // namespace gyre::load_test::http
