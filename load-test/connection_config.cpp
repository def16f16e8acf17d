#include "load-test/connection_config.hpp"

namespace gyre::load_test {

using config::Integers;
using config::Numbers;

void describe(config::Schema& schema, ConnectionConfig& config) {
  auto& [client_addresses, response_timeout_ms, connect_timeout, tls_resumption] = config;
  schema.setting("client_addresses", client_addresses,
                 "Number of addresses to connect from, in turn: 127.0.0.1, 127.0.0.2 and so on, "
                 "each with some 28,000 ports. Only if the server is on 127.0.0.0/8; otherwise "
                 "it has no effect.",
                 Integers{1, 1000});
  schema.setting("response_timeout_ms", response_timeout_ms,
                 "Milliseconds after which a request without a response counts as lost; its "
                 "connection is closed.",
                 Integers{10, 60'000});
  schema.setting("connect_timeout", connect_timeout,
                 "Seconds to wait for all connections to be established, beyond the time that it "
                 "takes to start them. Otherwise the run fails.",
                 Integers{1, 3600});
  schema.setting("tls_resumption", tls_resumption,
                 "Resume TLS sessions by ticket, if the tracker issues them; if false, every "
                 "handshake is full.");
}

void describe_count(config::Schema& schema, TorrentsConfig& config) {
  schema.setting("number_of_torrents", config.number_of_torrents, "Number of torrents.",
                 Integers{1, 100'000'000});
}

void describe_requests(config::Schema& schema, TorrentsConfig& config) {
  constexpr Integers weight{.min = 0, .max = 1'000'000};
  schema.setting("weight_announce", config.weight_announce,
                 "Weight of announces among the requests.", weight);
  schema.setting("weight_scrape", config.weight_scrape, "Weight of scrapes among the requests.",
                 weight);
  schema.setting("scrape_torrents", config.scrape_torrents, "Number of torrents in a scrape.",
                 Integers{1, 50});
}

void describe_popularity(config::Schema& schema, TorrentsConfig& config) {
  schema.setting("torrent_gamma_shape", config.torrent_gamma_shape,
                 "Popularity of torrents: a sample x of this gamma distribution selects the "
                 "torrent at (x - 1) / 100 of the list, or the first or last one if that is "
                 "outside.",
                 Numbers{0.001, 1000});
  schema.setting("torrent_gamma_scale", config.torrent_gamma_scale, "Scale of that distribution.",
                 Numbers{0.001, 1e6});
}

std::optional<std::string> problem_of_weights(const TorrentsConfig& config) {
  if (config.weight_announce + config.weight_scrape > 0) return std::nullopt;
  return "torrents.weight_announce: 0, as is weight_scrape: there would be no requests; "
         "raise one of them";
}

}  // namespace gyre::load_test
