// Settings that load testers over TCP share: where connections come from, how long to wait for
// them, and which torrents requests are about. Names, defaults, texts and ranges.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

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

// Of announces and scrapes among the requests.
void describe_weights(config::Schema& schema, std::uint32_t& weight_announce,
                      std::uint32_t& weight_scrape);

// The problem with weights that are all 0, if they are.
std::optional<std::string> problem_of_weights(std::uint32_t weight_announce,
                                              std::uint32_t weight_scrape);

// By draws from a gamma distribution: see population.hpp.
void describe_popularity(config::Schema& schema, double& torrent_gamma_shape,
                         double& torrent_gamma_scale);

}  // namespace gyre::load_test
