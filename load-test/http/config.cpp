#include "load-test/http/config.hpp"

#include <fmt/format.h>

#include "common/config/cli.hpp"

namespace gyre::load_test::http {

using config::Integers;
using config::Numbers;

// Found by Schema::section through argument-dependent lookup, hence not in the unnamed namespace.
static void describe(config::Schema& schema, NetworkConfig& config) {
  describe_connections(schema, config.connections);
  schema.setting("close_by", config.close_by,
                 "Who closes a connection that is not kept alive. \"tracker\" waits for it to do "
                 "so, as HTTP has it. \"client\" closes when the response is there. \"reset\" does "
                 "so with an RST, which is the least work on both sides.");
}

static void describe(config::Schema& schema, TorrentsConfig& config) {
  auto& [number_of_torrents, number_of_peers, peer_seeder_probability, weights, scrape_torrents,
         announce_peers_wanted, popularity] = config;
  schema.setting("number_of_torrents", number_of_torrents, "Torrents in all.",
                 Integers{1, 100'000'000});
  schema.setting("number_of_peers", number_of_peers,
                 "Peers in all, each with a torrent and a port of its own. They announce in turn.",
                 Integers{1, 500'000'000});
  schema.setting("peer_seeder_probability", peer_seeder_probability,
                 "Probability that an announce is a seeder's.", Numbers{0, 1});
  describe_weights(schema, weights);
  schema.setting("scrape_torrents", scrape_torrents, "Torrents that a scrape asks about.",
                 Integers{1, 50});
  schema.setting("announce_peers_wanted", announce_peers_wanted,
                 "Peers that an announce asks for (numwant); -1 leaves the number to the tracker.",
                 Integers{-1, 10'000});
  describe_popularity(schema, popularity);
}

void describe(config::Schema& schema, Config& config) {
  auto& [run, num_connections, connection_creation_interval_ms, idle_connections, url_suffix,
         keep_alive, enable_tls, network, torrents] = config;
  describe_run(schema, run, "num_workers");
  schema.setting("num_connections", num_connections,
                 "Connections of each worker, with one request on each at a time. In the mode "
                 "saturate this is the load: latencies there grow with it.",
                 Integers{1, 60'000});
  schema.setting("connection_creation_interval_ms", connection_creation_interval_ms,
                 "Milliseconds between the first connections of a worker; 0 begins all at once.",
                 Integers{0, 60'000});
  schema.setting("idle_connections", idle_connections,
                 "Connections in all that make one announce before the run, and then stay open "
                 "without another for as long as it lasts.",
                 Integers{0, 10'000'000});
  schema.setting("url_suffix", url_suffix,
                 "Appended to /announce and /scrape, before the question mark.");
  schema.setting("keep_alive", keep_alive,
                 "Keep connections for the next request; false makes a new one for each.");
  schema.setting("enable_tls", enable_tls,
                 "Use TLS, with whatever certificate the tracker has. (aquatic's load tester does "
                 "so unless it is told not to.)");
  schema.section("network", network, "Connections, and how long to wait.");
  schema.section("torrents", torrents, "What the tracker is asked.");
}

std::vector<std::string> validate(const Config& config) {
  std::vector<std::string> problems = validate_run(config.run);
  const TorrentsConfig& torrents = config.torrents;
  if (torrents.weights.weight_announce + torrents.weights.weight_scrape == 0) {
    problems.emplace_back(
        "torrents.weight_announce: 0, as is the other weight: there would be no requests; raise "
        "one of them");
  }
  if (torrents.number_of_peers / config.run.workers < config.network.connections.client_addresses) {
    problems.push_back(fmt::format(
        "torrents.number_of_peers: {} peers cannot be divided among {} workers with {} addresses "
        "each (network.client_addresses); have more peers",
        torrents.number_of_peers, config.run.workers, config.network.connections.client_addresses));
  }
  for (const char c : config.url_suffix) {
    if (c > ' ' && c != '?' && c != '#' && c != '\x7f') continue;
    problems.emplace_back(
        "url_suffix: has a character that no path has; write the path as in a URL");
    break;
  }
  return problems;
}

const config::ProgramInfo& program_info() {
  static constexpr config::ProgramInfo info{
      .name = "gyre_http_load_test",
      .version = GYRE_VERSION,
      .summary =
          "Loads an HTTP tracker (BEP 3, 23 and 48) and measures what it answers and how fast. "
          "Without a file it saturates the tracker on 127.0.0.1:3000 until it is stopped. The "
          "report goes to the standard error for people, and to the standard output as one line "
          "of JSON.",
      .override_example = "GYRE_DURATION=10",
      .signals = "SIGTERM, SIGINT   end the run now, and report on what there is"};
  return info;
}

load_test::PopulationOptions population_of(const Config& config) {
  const TorrentsConfig& torrents = config.torrents;
  return {.torrent_count = torrents.number_of_torrents,
          .peer_count = torrents.number_of_peers,
          .seed = config.run.seed,
          .gamma = load_test::Gamma{.shape = torrents.popularity.torrent_gamma_shape,
                                    .scale = torrents.popularity.torrent_gamma_scale}};
}

}  // namespace gyre::load_test::http
