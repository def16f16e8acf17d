// The settings of gyre_ws: names and defaults. Their descriptions, ranges and order are in
// config.cpp, from which the default file, the reference (documents/configuration-ws.md) and the
// names of environment variables are generated.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/types.hpp"
#include "common/config/access_list.hpp"
#include "common/config/general.hpp"
#include "common/config/metrics.hpp"
#include "common/config/network.hpp"
#include "common/config/privileges.hpp"
#include "common/config/schema.hpp"
#include "common/net/socket_address.hpp"
#include "ws/origin.hpp"

namespace gyre::config {
struct ProgramInfo;
}

namespace gyre::ws {

struct NetworkConfig {
  config::ListeningConfig listening = config::listening_on(3001);
  config::ProxyConfig proxy;
  OriginRules origins;
  std::uint32_t websocket_max_message_size = 131'072;  // bytes
  bool enable_compression = true;
  std::uint32_t compress_from = 1024;  // bytes
  std::uint32_t ring_size = 512;       // is rounded up to a power of two
  bool operator==(const NetworkConfig&) const = default;
};

struct ProtocolConfig {
  std::uint32_t max_offers = 10;
  std::uint32_t max_scrape_torrents = 255;
  Seconds peer_announce_interval = 120;
  bool peers_of_both_families = true;
  bool operator==(const ProtocolConfig&) const = default;
};

struct CleaningConfig {
  Seconds max_offer_age = 120;
  bool operator==(const CleaningConfig&) const = default;
};

struct LimitsConfig {
  std::uint32_t max_peers = 0;            // 0: as memory allows
  std::uint32_t max_torrents = 0;         // 0: as memory allows
  std::uint32_t max_peers_per_swarm = 0;  // 0: no limit; likewise below
  std::uint32_t max_peers_per_connection = 256;
  std::uint32_t max_peers_per_address = 0;
  std::uint32_t max_connections = 0;  // 0: as memory allows
  std::uint32_t max_connections_per_address = 0;
  std::uint32_t requests_per_second_per_address = 100;
  std::uint32_t connections_per_second_per_address = 100;
  std::uint32_t handshakes_per_second_per_address = 50;
  std::uint32_t messages_per_second = 20;
  std::uint32_t messages_at_once = 400;
  std::uint32_t offers_per_second = 100;
  std::uint32_t offers_at_once = 2000;
  std::uint32_t max_unsent = 1'048'576;  // bytes
  bool operator==(const LimitsConfig&) const = default;
};

// In seconds.
struct DeadlinesConfig {
  Seconds handshake = 10;
  Seconds request = 10;
  Seconds first_announce = 30;
  Seconds ping_interval = 50;
  Seconds pong = 20;
  Seconds write = 20;
  Seconds lingering_close = 5;
  bool operator==(const DeadlinesConfig&) const = default;
};

struct Config {
  std::uint32_t socket_workers = 0;  // 0: one per CPU core
  config::LogLevel log_level = config::LogLevel::info;
  NetworkConfig network;
  ProtocolConfig protocol;
  CleaningConfig cleaning;
  LimitsConfig limits;
  DeadlinesConfig deadlines;
  config::MetricsConfig metrics{
      .prometheus_endpoint_address = {Ipv4Address{{std::byte{127}, {}, {}, std::byte{1}}}, 9002}};
  config::PrivilegesConfig privileges;
  config::AccessListConfig access_list;
  bool operator==(const Config&) const = default;
};

void describe(config::Schema& schema, Config& config);

// The rules across settings that `config` violates, each as "section.key: message".
std::vector<std::string> validate(const Config& config);

// For config::from_command_line (common/config/cli.hpp).
const config::ProgramInfo& program_info();

}  // namespace gyre::ws
