// Settings that load testers over TCP share: where connections come from, how long to wait for
// them, and which torrents requests are about. Names, defaults, texts and ranges. What one of them
// has besides is in its own Config.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/config/schema.hpp"

namespace gyre::load_test {

// Of [network].
struct ConnectionConfig {
  std::uint32_t client_addresses = 16;
  std::uint32_t response_timeout_ms = 5000;
  std::uint32_t connect_timeout = 10;  // seconds
  bool tls_resumption = false;
  bool operator==(const ConnectionConfig&) const = default;
};
void describe(config::Schema& schema, ConnectionConfig& config);

// Of [torrents].
struct TorrentsConfig {
  std::uint32_t number_of_torrents = 10'000;
  double peer_seeder_probability = 0.25;
  std::uint32_t weight_announce = 5;  // among the requests, as weight_scrape
  std::uint32_t weight_scrape = 0;
  std::uint32_t scrape_torrents = 5;
  // Popularity is drawn from a gamma distribution: see population.hpp.
  double torrent_gamma_shape = 0.2;
  double torrent_gamma_scale = 100;
  bool operator==(const TorrentsConfig&) const = default;
};
// In this order, with the settings of one program between them.
void describe_count(config::Schema& schema, TorrentsConfig& config);
void describe_requests(config::Schema& schema, TorrentsConfig& config);
void describe_popularity(config::Schema& schema, TorrentsConfig& config);

// The problem with weights that are all 0, if they are.
std::optional<std::string> problem_of_weights(const TorrentsConfig& config);

}  // namespace gyre::load_test
