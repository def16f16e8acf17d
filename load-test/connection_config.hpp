// Settings that load testers over TCP share: where connections come from, how long to wait for
// them, and which torrents are asked about. Names, defaults, texts and ranges.
#pragma once

#include <cstdint>

#include "common/config/schema.hpp"

namespace gyre::load_test {

struct ConnectionConfig {
  std::uint32_t client_addresses = 16;
  std::uint32_t response_timeout_ms = 5000;
  std::uint32_t connect_timeout = 10;  // seconds
  bool tls_resumption = false;
  bool operator==(const ConnectionConfig&) const = default;
};
void describe_connections(config::Schema& schema, ConnectionConfig& config);

// The shares of announces and scrapes.
struct WeightConfig {
  std::uint32_t weight_announce = 5;
  std::uint32_t weight_scrape = 0;
  bool operator==(const WeightConfig&) const = default;
};
void describe_weights(config::Schema& schema, WeightConfig& config);

// By draws from a gamma distribution: see population.hpp.
struct PopularityConfig {
  double torrent_gamma_shape = 0.2;
  double torrent_gamma_scale = 100;
  bool operator==(const PopularityConfig&) const = default;
};
void describe_popularity(config::Schema& schema, PopularityConfig& config);

}  // namespace gyre::load_test
