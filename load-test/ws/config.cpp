#include "load-test/ws/config.hpp"

#include <fmt/format.h>

#include "common/config/cli.hpp"

namespace gyre::load_test::ws {

using config::Integers;
using config::Numbers;

static void describe_torrents(config::Schema& schema, Config& config) {
  describe_count(schema, config.torrents);
  schema.setting("torrents_per_connection", config.torrents_per_connection,
                 "Torrents that a connection selects for the whole run and announces in turn.",
                 Integers{1, 1000});
  schema.setting("peer_seeder_probability", config.torrents.peer_seeder_probability,
                 "Probability that a connection's peers are seeders.", Numbers{0, 1});
  schema.setting("offers_per_request", config.offers_per_request,
                 "Number of offers in each announce.", Integers{0, offers_max});
  schema.setting("answer_probability", config.answer_probability,
                 "Probability that an offer is answered, at once.", Numbers{0, 1});
  schema.setting("sdp_size", config.sdp_size,
                 "Size in bytes of the session description in each offer and answer, as written "
                 "in the message. Each connection has its own, and some bytes change with each "
                 "offer.",
                 Integers{600, 60'000});
  describe_requests(schema, config.torrents);
  describe_popularity(schema, config.torrents);
}

void describe(config::Schema& schema, Config& config) {
  auto& [run, num_connections_per_worker, connection_creation_interval_ms,
         measure_after_max_connections_reached, idle_connections, url_path, enable_tls, deflate,
         echo, echo_burst, network, max_in_flight, torrents, torrents_per_connection,
         offers_per_request, answer_probability, sdp_size] = config;
  describe_run(schema, run, "num_workers");
  schema.setting("num_connections_per_worker", num_connections_per_worker,
                 "Connections of each worker, which announce, offer and answer.",
                 Integers{1, 1'000'000});
  schema.setting("connection_creation_interval_ms", connection_creation_interval_ms,
                 "Milliseconds between the first connections of a worker; 0: as many at once as "
                 "fit into a tracker's accept queue.",
                 Integers{0, 60'000});
  schema.setting("measure_after_max_connections_reached", measure_after_max_connections_reached,
                 "Start to announce and to measure once all connections are established; if "
                 "false, with the first one.");
  schema.setting("idle_connections", idle_connections,
                 "Number of connections that announce once without offers, each in its own "
                 "swarm, and then only answer pings.",
                 Integers{0, 10'000'000});
  schema.setting("url_path", url_path, "The path that WebSockets are opened on.");
  schema.setting("enable_tls", enable_tls,
                 "Use TLS, with any certificate. (aquatic's load tester always does.)");
  schema.setting("deflate", deflate,
                 "Ask for permessage-deflate, and if the tracker agrees, compress every message "
                 "with an SDP as browsers do.");
  schema.setting("echo", echo,
                 "The server is not a tracker but echoes every message. Messages then have the "
                 "mean size of those that a tracker would receive and send with these settings.");
  schema.setting("echo_burst", echo_burst, "Messages that a connection sends at once in echo mode.",
                 Integers{1, 1000});
  schema.section("network", "Connections and timeouts.", [&] {
    describe(schema, network);
    schema.setting("max_in_flight", max_in_flight,
                   "In the mode saturate, announces and scrapes of a worker that wait for a reply, "
                   "at most one per connection. Each announce causes up to three messages per "
                   "offer.",
                   Integers{1, 1'000'000});
  });
  schema.section("torrents", "Requests and messages.", [&] { describe_torrents(schema, config); });
}

std::vector<std::string> validate(const Config& config) {
  std::vector<std::string> problems = validate_run(config.run);
  if (auto problem = problem_of_weights(config.torrents)) problems.push_back(std::move(*problem));
  const std::uint64_t connections =
      std::uint64_t{config.run.workers} * config.num_connections_per_worker +
      config.idle_connections;
  if (connections > connection_count_max) {
    problems.push_back(
        fmt::format("num_connections_per_worker: {} connections in total, at most {} are possible",
                    connections, connection_count_max));
  }
  const std::uint64_t places =
      std::uint64_t{connection_count(config)} * config.torrents_per_connection;
  if (places > place_count_max) {
    problems.push_back(
        fmt::format("torrents.torrents_per_connection: {} peers in total, at most {} are possible",
                    places, place_count_max));
  }
  for (const char c : config.url_path) {
    if (config.url_path.front() == '/' && c > ' ' && c != '#' && c != '\x7f') continue;
    problems.emplace_back(
        "url_path: must start with a slash and contain no spaces; write it as in a URL");
    break;
  }
  if (config.url_path.empty()) problems.emplace_back("url_path: empty; / is the shortest path");
  if (config.echo && config.deflate) {
    problems.emplace_back("deflate: not possible with echo; turn one of them off");
  }
  return problems;
}

config::ProgramInfo program_info() {
  return program_info_of(
      "gyre_ws_load_test",
      "A load tester for WebTorrent trackers. Its connections behave like browsers: "
      "they announce with offers, answer those of others and check every message; it "
      "measures throughput and latency. Without a configuration file it saturates the "
      "tracker at 127.0.0.1:3001 until it is stopped. It prints a readable report to "
      "standard error and a line of JSON to standard output.");
}

PopulationOptions population_of(const Config& config) {
  PopulationOptions options = places_of(config);
  if (config.idle_connections > 0) options.torrent_count *= 2;
  return options;
}

PopulationOptions places_of(const Config& config) {
  const TorrentsConfig& torrents = config.torrents;
  return {.torrent_count = torrents.number_of_torrents,
          .peer_count = connection_count(config) * config.torrents_per_connection,
          .seed = config.run.seed,
          .gamma_shape = torrents.torrent_gamma_shape,
          .gamma_scale = torrents.torrent_gamma_scale};
}

}  // namespace gyre::load_test::ws
