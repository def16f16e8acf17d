#include "load-test/connection_config.hpp"

namespace gyre::load_test {

using config::Integers;
using config::Numbers;

void describe_connections(config::Schema& schema, ConnectionConfig& config) {
  auto& [client_addresses, response_timeout_ms, connect_timeout, tls_resumption] = config;
  schema.setting("client_addresses", client_addresses,
                 "Addresses that connections come from, in turn: 127.0.0.1, 127.0.0.2 and so on, "
                 "each with some 28,000 ports. Only where the server is on 127.0.0.0/8; has no "
                 "effect elsewhere.",
                 Integers{1, 1000});
  schema.setting("response_timeout_ms", response_timeout_ms,
                 "Milliseconds after which a request without a response counts as lost; its "
                 "connection is closed.",
                 Integers{10, 60'000});
  schema.setting("connect_timeout", connect_timeout,
                 "Seconds to wait for all connections to be there, beyond the time that it takes "
                 "to begin them. The run fails if they are not.",
                 Integers{1, 3600});
  schema.setting("tls_resumption", tls_resumption,
                 "Resume TLS sessions by ticket, where the tracker gives one; else each handshake "
                 "is a full one.");
}

void describe_weights(config::Schema& schema, WeightConfig& config) {
  constexpr Integers weight{.min = 0, .max = 1'000'000};
  schema.setting("weight_announce", config.weight_announce,
                 "Share of announces among the requests, in proportion to the other weight.",
                 weight);
  schema.setting("weight_scrape", config.weight_scrape, "Share of scrapes.", weight);
}

void describe_popularity(config::Schema& schema, PopularityConfig& config) {
  schema.setting("torrent_gamma_shape", config.torrent_gamma_shape,
                 "How popular torrents are: a draw x from this gamma distribution stands for the "
                 "torrent number (x - 1) / 100 of their number, and for the first or the last one "
                 "beyond.",
                 Numbers{0.001, 1000});
  schema.setting("torrent_gamma_scale", config.torrent_gamma_scale, "The distribution's scale.",
                 Numbers{0.001, 1e6});
}

}  // namespace gyre::load_test
