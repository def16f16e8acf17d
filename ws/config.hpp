// The settings of gyre_ws: names and defaults. Their descriptions, ranges and order are in
// config.cpp, from which the default file, the reference (documents/configuration-ws.md) and the
// names of environment variables are generated.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/types.hpp"
#include "common/config/access_list.hpp"
#include "common/config/deadlines.hpp"
#include "common/config/deny.hpp"
#include "common/config/general.hpp"
#include "common/config/metrics.hpp"
#include "common/config/network.hpp"
#include "common/config/privileges.hpp"
#include "common/config/protocol.hpp"
#include "common/config/schema.hpp"
#include "common/net/socket_address.hpp"
#include "ws/origin.hpp"
#include "ws/rate.hpp"

namespace gyre::config {
struct ProgramInfo;
}

namespace gyre::ws {

struct ProtocolConfig {
  std::uint32_t max_offers = 10;
  std::uint32_t max_scrape_torrents = 255;
  Seconds peer_announce_interval = 120;
  std::uint32_t adaptive_interval = config::default_adaptive_interval;  // percent; 0: off
  bool peers_of_both_families = true;
  bool operator==(const ProtocolConfig&) const = default;
};

struct LimitsConfig {
  std::uint64_t max_memory = 0;           // bytes; 0: four fifths of the machine or cgroup
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
  Rate messages{.per_second = 20, .burst = 400};
  Rate offers{.per_second = 100, .burst = 2000};
  std::uint32_t max_unsent = 1'048'576;  // bytes
  bool operator==(const LimitsConfig&) const = default;
};

struct Config {
  std::uint32_t socket_workers = 0;  // 0: one per CPU core
  config::LogLevel log_level = config::LogLevel::info;
  config::NetworkConfig network = config::listening_on(3001);
  OriginRules origins;
  std::uint32_t websocket_max_message_size = 131'072;  // bytes
  bool enable_compression = true;
  std::uint32_t compress_from = 1024;  // bytes
  ProtocolConfig protocol;
  Seconds max_offer_age = 120;
  LimitsConfig limits;
  config::DeadlinesConfig deadlines{.lingering_close = 5};
  Seconds first_announce_deadline = 30;
  Seconds ping_interval = 50;
  Seconds pong_deadline = 20;
  config::MetricsConfig metrics{
      .prometheus_endpoint_address = {Ipv4Address{{std::byte{127}, {}, {}, std::byte{1}}}, 9002}};
  config::PrivilegesConfig privileges;
  config::AccessListConfig access_list;
  config::DenyConfig deny;
  bool operator==(const Config&) const = default;
};

void describe(config::Schema& schema, Config& config);

// The rules across settings that `config` violates, each as "section.key: message".
std::vector<std::string> validate(const Config& config);

// For config::from_command_line (common/config/cli.hpp).
const config::ProgramInfo& program_info();

}  // namespace gyre::ws
