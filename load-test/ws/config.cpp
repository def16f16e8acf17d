#include "load-test/ws/config.hpp"

#include <fmt/format.h>

#include "common/config/cli.hpp"

namespace gyre::load_test::ws {

using config::Integers;
using config::Numbers;

// Found by Schema::section through argument-dependent lookup, hence not in the unnamed namespace.
static void describe(config::Schema& schema, NetworkConfig& config) {
  describe_connections(schema, config.connections);
  schema.setting("max_in_flight", config.max_in_flight,
                 "In the mode saturate, announces and scrapes of a worker that wait for their "
                 "reply at a time, never more than one on a connection. Each announce has up to "
                 "three times its offers in messages behind it.",
                 Integers{1, 1'000'000});
}

static void describe(config::Schema& schema, TorrentsConfig& config) {
  auto& [number_of_torrents, torrents_per_connection, peer_seeder_probability, offers_per_request,
         answer_probability, sdp_size, weights, scrape_torrents, popularity] = config;
  schema.setting("number_of_torrents", number_of_torrents, "Torrents in all.",
                 Integers{1, 100'000'000});
  schema.setting("torrents_per_connection", torrents_per_connection,
                 "Torrents that a connection draws for the whole run, and announces in turn.",
                 Integers{1, 1000});
  schema.setting("peer_seeder_probability", peer_seeder_probability,
                 "Probability that a connection's peers are seeders.", Numbers{0, 1});
  schema.setting("offers_per_request", offers_per_request, "Offers in each announce.",
                 Integers{0, offers_max});
  schema.setting("answer_probability", answer_probability,
                 "Probability that an offer is answered, as soon as it is there.", Numbers{0, 1});
  schema.setting("sdp_size", sdp_size,
                 "Bytes of the session description in each offer and answer, as it stands in the "
                 "message. Every connection has one of its own, of which some bytes change with "
                 "each offer.",
                 Integers{600, 60'000});
  describe_weights(schema, weights);
  schema.setting("scrape_torrents", scrape_torrents, "Torrents that a scrape asks about.",
                 Integers{1, 50});
  describe_popularity(schema, popularity);
}

void describe(config::Schema& schema, Config& config) {
  auto& [run, num_connections_per_worker, connection_creation_interval_ms,
         measure_after_max_connections_reached, idle_connections, url_path, enable_tls, deflate,
         echo, echo_burst, network, torrents] = config;
  describe_run(schema, run, "num_workers");
  schema.setting("num_connections_per_worker", num_connections_per_worker,
                 "Connections of each worker, which announce, offer and answer.",
                 Integers{1, 1'000'000});
  schema.setting("connection_creation_interval_ms", connection_creation_interval_ms,
                 "Milliseconds between the first connections of a worker; 0 begins as many at once "
                 "as a tracker's queue takes.",
                 Integers{0, 60'000});
  schema.setting("measure_after_max_connections_reached", measure_after_max_connections_reached,
                 "Begin to announce and to measure when all connections are there; false begins "
                 "with the first one.");
  schema.setting(
      "idle_connections", idle_connections,
      "Connections in all that announce once without offers, in swarms of their own, and "
      "then stay and answer pings for as long as the run lasts.",
      Integers{0, 10'000'000});
  schema.setting("url_path", url_path, "The path that WebSockets are opened on.");
  schema.setting(
      "enable_tls", enable_tls,
      "Use TLS, with whatever certificate the tracker has. (aquatic's load tester always "
      "does.)");
  schema.setting("deflate", deflate,
                 "Ask for permessage-deflate, and if the tracker agrees, compress every message "
                 "with an SDP as browsers do.");
  schema.setting("echo", echo,
                 "The server is no tracker: it sends every message back. Messages then have the "
                 "mean size of those that a tracker would take and send with these settings.");
  schema.setting("echo_burst", echo_burst, "Messages that a connection sends to an echo at a time.",
                 Integers{1, 1000});
  schema.section("network", network, "Connections, and how long to wait.");
  schema.section("torrents", torrents, "What the tracker is told and asked.");
}

std::vector<std::string> validate(const Config& config) {
  std::vector<std::string> problems = validate_run(config.run);
  const load_test::WeightConfig& weights = config.torrents.weights;
  if (weights.weight_announce + weights.weight_scrape == 0) {
    problems.emplace_back(
        "torrents.weight_announce: 0, as is the other weight: there would be no requests; raise "
        "one of them");
  }
  const std::uint64_t connections =
      std::uint64_t{config.run.workers} * config.num_connections_per_worker +
      config.idle_connections;
  if (connections > connection_count_max) {
    problems.push_back(
        fmt::format("num_connections_per_worker: {} connections in all, more than {}; have fewer",
                    connections, connection_count_max));
  }
  const std::uint64_t places =
      std::uint64_t{connection_count(config)} * config.torrents.torrents_per_connection;
  if (places > place_count_max) {
    problems.push_back(fmt::format(
        "torrents.torrents_per_connection: {} places in swarms in all, more than {}; have fewer",
        places, place_count_max));
  }
  for (const char c : config.url_path) {
    if (config.url_path.front() == '/' && c > ' ' && c != '#' && c != '\x7f') continue;
    problems.emplace_back(
        "url_path: begins with a slash, and has no blanks; write the path as in a URL");
    break;
  }
  if (config.url_path.empty()) problems.emplace_back("url_path: empty; / is the shortest path");
  if (config.echo && config.deflate) {
    problems.emplace_back("deflate: an echo does not understand what it sends back; turn one off");
  }
  return problems;
}

const config::ProgramInfo& program_info() {
  static constexpr config::ProgramInfo info{
      .name = "gyre_ws_load_test",
      .version = GYRE_VERSION,
      .summary =
          "Loads a WebTorrent tracker and measures how many messages it passes on and how fast, by "
          "connections that behave as browsers: they announce with offers, answer those of others, "
          "and check what they are sent. Without a file it saturates the tracker on 127.0.0.1:3000 "
          "until it is stopped. The report goes to the standard error for people, and to the "
          "standard output as one line of JSON.",
      .override_example = "GYRE_DURATION=10",
      .signals = "SIGTERM, SIGINT   end the run now, and report on what there is"};
  return info;
}

load_test::PopulationOptions population_of(const Config& config) {
  load_test::PopulationOptions options = places_of(config);
  if (config.idle_connections > 0) options.torrent_count *= 2;
  return options;
}

load_test::PopulationOptions places_of(const Config& config) {
  const TorrentsConfig& torrents = config.torrents;
  return {.torrent_count = torrents.number_of_torrents,
          .peer_count = connection_count(config) * torrents.torrents_per_connection,
          .seed = config.run.seed,
          .gamma = load_test::Gamma{.shape = torrents.popularity.torrent_gamma_shape,
                                    .scale = torrents.popularity.torrent_gamma_scale}};
}

}  // namespace gyre::load_test::ws
