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
                 "Give each worker its own IPv4 address: the first sends from 127.0.0.1, the "
                 "second from 127.0.0.2 and so on. Only if the server is on 127.0.0.0/8; "
                 "otherwise it has no effect.");
  schema.setting("sockets_per_worker", sockets_per_worker,
                 "Sockets of each worker. Trackers with several threads distribute load by the "
                 "client's port, so use several sockets per tracker thread.",
                 Integers{1, 256});
  schema.setting("recv_buffer", recv_buffer,
                 "Size of each socket's receive buffer (SO_RCVBUF) in bytes; 0: the system's "
                 "default. Without root, the kernel caps it at the sysctl net.core.rmem_max.",
                 Integers{0, (1 << 30) - 1});
  schema.setting("max_in_flight", max_in_flight,
                 "Requests of one socket that may be in flight. In the mode saturate this is the "
                 "load: latency grows with it.",
                 Integers{1, Window::capacity_max});
  schema.setting("response_timeout_ms", response_timeout_ms,
                 "Milliseconds after which a request without a response counts as lost.",
                 Integers{10, 60'000});
  schema.setting("connect_timeout", connect_timeout,
                 "Seconds to wait for the first connection id; the run fails without one.",
                 Integers{1, 3600});
  schema.setting("connection_max_age", connection_max_age,
                 "Seconds during which a connection id is used; it is renewed after half of "
                 "them. BEP 15 allows a client one minute.",
                 Integers{2, 86'400});
}

static void describe(config::Schema& schema, RequestsConfig& config) {
  auto& [number_of_torrents, number_of_peers, scrape_max_torrents, announce_peers_wanted,
         weight_connect, weight_announce, weight_scrape, peer_seeder_probability,
         stopped_probability] = config;
  constexpr Integers weight{.min = 0, .max = 1'000'000};
  schema.setting("number_of_torrents", number_of_torrents,
                 "Number of torrents. A few are popular, most have one or two peers: of N "
                 "torrents and P peers, torrent i has a weight of N / P + exp(6.5 - 500 i / N).",
                 Integers{1, 100'000'000});
  schema.setting("number_of_peers", number_of_peers,
                 "Number of peers, each with its own torrent and port. They announce in turn.",
                 Integers{1, 500'000'000});
  schema.setting("scrape_max_torrents", scrape_max_torrents,
                 "Scrapes have 1 to this many torrents.",
                 Integers{1, gyre::udp::scrape_hashes_max});
  schema.setting("announce_peers_wanted", announce_peers_wanted,
                 "Number of peers that an announce asks for; -1: left to the tracker.",
                 Integers{-1, gyre::udp::response_peers_max});
  schema.setting("weight_connect", weight_connect,
                 "Weight of connects among the requests. Connection ids are renewed in time even "
                 "if it is 0.",
                 weight);
  schema.setting("weight_announce", weight_announce, "Weight of announces.", weight);
  schema.setting("weight_scrape", weight_scrape, "Weight of scrapes.", weight);
  schema.setting("peer_seeder_probability", peer_seeder_probability,
                 "Probability that an announce is a seeder's.", Numbers{0, 1});
  schema.setting("stopped_probability", stopped_probability,
                 "Probability that an announce removes its peer from the swarm (event stopped); "
                 "the peer's next announce adds it again.",
                 Numbers{0, 1});
}

void describe(config::Schema& schema, Config& config) {
  auto& [run, network, requests] = config;
  describe_run(schema, run, "workers");
  schema.section("network", network, "Sockets and timeouts.");
  schema.section("requests", requests, "Requests.");
}

std::vector<std::string> validate(const Config& config) {
  std::vector<std::string> problems = validate_run(config.run);
  const RequestsConfig& requests = config.requests;
  if (requests.weight_connect + requests.weight_announce + requests.weight_scrape == 0) {
    problems.emplace_back(
        "requests.weight_announce: 0, as are the other weights: there would be no "
        "requests; raise one of them");
  }
  if (requests.number_of_peers < config.run.workers) {
    problems.push_back(fmt::format("requests.number_of_peers: {} peers are too few for {} workers",
                                   requests.number_of_peers, config.run.workers));
  }
  return problems;
}

config::ProgramInfo program_info() {
  return program_info_of(
      "gyre_udp_load_test",
      "A load tester for UDP trackers (BEP 15). It measures throughput and latency "
      "and checks every response. Without a configuration file it saturates the "
      "tracker at 127.0.0.1:3000 until it is stopped. It prints a readable report to "
      "standard error and a line of JSON to standard output.");
}

load_test::PopulationOptions population_of(const Config& config) {
  return {.torrent_count = config.requests.number_of_torrents,
          .peer_count = config.requests.number_of_peers,
          .seed = config.run.seed};
}

}  // namespace gyre::load_test::udp
