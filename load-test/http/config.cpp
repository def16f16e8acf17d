#include "load-test/http/config.hpp"

#include <fmt/format.h>

#include "common/config/cli.hpp"

namespace gyre::load_test::http {

using config::Integers;
using config::Numbers;

static void describe_torrents(config::Schema& schema, Config& config) {
  describe_count(schema, config.torrents);
  schema.setting("number_of_peers", config.number_of_peers,
                 "Number of peers, each with its own torrent and port. They announce in turn.",
                 Integers{1, 500'000'000});
  schema.setting("peer_seeder_probability", config.torrents.peer_seeder_probability,
                 "Probability that an announce is a seeder's.", Numbers{0, 1});
  describe_requests(schema, config.torrents);
  schema.setting("announce_peers_wanted", config.announce_peers_wanted,
                 "Number of peers that an announce asks for (numwant); -1: left to the tracker.",
                 Integers{-1, 10'000});
  describe_popularity(schema, config.torrents);
}

void describe(config::Schema& schema, Config& config) {
  auto& [run, num_connections, connection_creation_interval_ms, idle_connections, url_suffix,
         keep_alive, enable_tls, network, close_by, torrents, number_of_peers,
         announce_peers_wanted] = config;
  describe_run(schema, run, "num_workers");
  schema.setting("num_connections", num_connections,
                 "Connections of each worker, each with one request at a time. In the mode "
                 "saturate this is the load: latency grows with it.",
                 Integers{1, 60'000});
  schema.setting("connection_creation_interval_ms", connection_creation_interval_ms,
                 "Milliseconds between the first connections of a worker; 0: all at once.",
                 Integers{0, 60'000});
  schema.setting("idle_connections", idle_connections,
                 "Number of connections that make one announce before the run and then stay "
                 "idle.",
                 Integers{0, 10'000'000});
  schema.setting("url_suffix", url_suffix, "Appended to /announce and /scrape, before the query.");
  schema.setting("keep_alive", keep_alive,
                 "Reuse connections; if false, every request opens a new one.");
  schema.setting("enable_tls", enable_tls,
                 "Use TLS, with any certificate. (aquatic's load tester does so by default.)");
  schema.section("network", "Connections and timeouts.", [&] {
    describe(schema, network);
    schema.setting("close_by", close_by, close_by_names,
                   "Which side closes a connection without keep-alive. \"tracker\": wait for the "
                   "tracker, as HTTP intends. \"client\": close when the response is complete. "
                   "\"reset\": the same with an RST, the least work for both sides.");
  });
  schema.section("torrents", "Requests.", [&] { describe_torrents(schema, config); });
}

std::vector<std::string> validate(const Config& config) {
  std::vector<std::string> problems = validate_run(config.run);
  if (auto problem = problem_of_weights(config.torrents)) problems.push_back(std::move(*problem));
  if (config.number_of_peers / config.run.workers < config.network.client_addresses) {
    problems.push_back(
        fmt::format("torrents.number_of_peers: {} peers are too few for {} workers with {} "
                    "addresses each (network.client_addresses)",
                    config.number_of_peers, config.run.workers, config.network.client_addresses));
  }
  for (const char c : config.url_suffix) {
    if (c > ' ' && c != '?' && c != '#' && c != '\x7f') continue;
    problems.emplace_back(
        "url_suffix: contains a character that is not allowed in a path; write it as in "
        "a URL");
    break;
  }
  return problems;
}

config::ProgramInfo program_info() {
  return program_info_of(
      "gyre_http_load_test",
      "A load tester for HTTP trackers (BEP 3, 23 and 48). It measures throughput and "
      "latency and checks every response. Without a configuration file it saturates "
      "the tracker at 127.0.0.1:3000 until it is stopped. It prints a readable report "
      "to standard error and a line of JSON to standard output.");
}

PopulationOptions population_of(const Config& config) {
  const TorrentsConfig& torrents = config.torrents;
  return {.torrent_count = torrents.number_of_torrents,
          .peer_count = config.number_of_peers,
          .seed = config.run.seed,
          .gamma_shape = torrents.torrent_gamma_shape,
          .gamma_scale = torrents.torrent_gamma_scale};
}

}  // namespace gyre::load_test::http
