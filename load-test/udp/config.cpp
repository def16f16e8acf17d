#include "load-test/udp/config.hpp"

#include <fmt/format.h>

#include "common/config/cli.hpp"
#include "load-test/udp/window.hpp"
#include "udp/limits.hpp"

namespace gyre::load_test::udp {

using config::Integers;
using config::Numbers;

// Found by Schema::section through argument-dependent lookup, hence not in the unnamed namespace.
static void describe(config::Schema& schema, NetworkConfig& config) {
  auto& [multiple_client_ipv4s, sockets_per_worker, recv_buffer, max_in_flight, response_timeout_ms,
         connect_timeout, connection_max_age] = config;
  schema.setting("multiple_client_ipv4s", multiple_client_ipv4s,
                 "Give each worker an IPv4 address of its own: the first sends from 127.0.0.1, the "
                 "second from 127.0.0.2 and so on. Only where the server is on 127.0.0.0/8; has no "
                 "effect elsewhere.");
  schema.setting("sockets_per_worker", sockets_per_worker,
                 "Sockets of each worker. Trackers with several threads spread the load by the "
                 "client's port, so there should be several sockets for each thread.",
                 Integers{1, 256});
  schema.setting("recv_buffer", recv_buffer,
                 "Bytes of each socket's receive buffer (SO_RCVBUF); 0 keeps the system's default. "
                 "Without root, the kernel grants no more than the sysctl net.core.rmem_max.",
                 Integers{0, (1 << 30) - 1});
  schema.setting("max_in_flight", max_in_flight,
                 "Requests of one socket that may wait for their responses. In the mode saturate "
                 "this is the load: latencies there grow with it.",
                 Integers{1, Window::capacity_max});
  schema.setting("response_timeout_ms", response_timeout_ms,
                 "Milliseconds after which a request without a response counts as lost.",
                 Integers{10, 60'000});
  schema.setting("connect_timeout", connect_timeout,
                 "Seconds to wait for the first connection id. The run fails if there is none.",
                 Integers{1, 3600});
  schema.setting("connection_max_age", connection_max_age,
                 "Seconds for which a connection id is used; a new one is asked for after half of "
                 "them. BEP 15 allows a client one minute.",
                 Integers{2, 86'400});
}

static void describe(config::Schema& schema, RequestsConfig& config) {
  auto& [number_of_torrents, number_of_peers, scrape_max_torrents, announce_peers_wanted,
         weight_connect, weight_announce, weight_scrape, peer_seeder_probability,
         stopped_probability] = config;
  constexpr Integers weight{.min = 0, .max = 1'000'000};
  schema.setting("number_of_torrents", number_of_torrents,
                 "Torrents in all. A few are popular and most have one peer or two: of N torrents "
                 "and P peers, torrent i has a weight of N / P + exp(6.5 - 500 i / N).",
                 Integers{1, 100'000'000});
  schema.setting("number_of_peers", number_of_peers,
                 "Peers in all, each with a torrent and a port of its own. They announce in turn.",
                 Integers{1, 500'000'000});
  schema.setting("scrape_max_torrents", scrape_max_torrents,
                 "A scrape asks about 1 to this many torrents.",
                 Integers{1, gyre::udp::scrape_hashes_max});
  schema.setting("announce_peers_wanted", announce_peers_wanted,
                 "Peers that an announce asks for; -1 leaves the number to the tracker.",
                 Integers{-1, gyre::udp::response_peers_max});
  schema.setting("weight_connect", weight_connect,
                 "Share of connects among the requests, in proportion to the other weights. Ids "
                 "are renewed in time even if it is 0.",
                 weight);
  schema.setting("weight_announce", weight_announce, "Share of announces.", weight);
  schema.setting("weight_scrape", weight_scrape, "Share of scrapes.", weight);
  schema.setting("peer_seeder_probability", peer_seeder_probability,
                 "Probability that an announce is a seeder's.", Numbers{0, 1});
  schema.setting("stopped_probability", stopped_probability,
                 "Probability that an announce takes its peer out of the swarm (event stopped); "
                 "the peer's next announce brings it back.",
                 Numbers{0, 1});
}

void describe(config::Schema& schema, Config& config) {
  auto& [run, network, requests] = config;
  describe_run(schema, run, "workers");
  schema.section("network", network, "Sockets, and how long to wait.");
  schema.section("requests", requests, "What the tracker is asked.");
}

std::vector<std::string> validate(const Config& config) {
  std::vector<std::string> problems = validate_run(config.run);
  const RequestsConfig& requests = config.requests;
  if (requests.weight_connect + requests.weight_announce + requests.weight_scrape == 0) {
    problems.emplace_back(
        "requests.weight_announce: 0, as are the other weights: there would be no requests; raise "
        "one of them");
  }
  if (requests.number_of_peers < config.run.workers) {
    problems.push_back(fmt::format(
        "requests.number_of_peers: {} peers cannot be divided among {} workers; have more peers",
        requests.number_of_peers, config.run.workers));
  }
  return problems;
}

const config::ProgramInfo& program_info() {
  static constexpr config::ProgramInfo info{
      .name = "gyre_udp_load_test",
      .version = GYRE_VERSION,
      .summary =
          "Loads a UDP tracker (BEP 15) and measures what it answers and how fast. Without a file "
          "it saturates the tracker on 127.0.0.1:3000 until it is stopped. The report goes to the "
          "standard error for people, and to the standard output as one line of JSON.",
      .override_example = "GYRE_DURATION=10",
      .signals = "SIGTERM, SIGINT   end the run now, and report on what there is"};
  return info;
}

load_test::PopulationOptions population_of(const Config& config) {
  return {.torrent_count = config.requests.number_of_torrents,
          .peer_count = config.requests.number_of_peers,
          .seed = config.run.seed};
}

}  // namespace gyre::load_test::udp
