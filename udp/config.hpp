// The settings of gyre_udp: names and defaults. Their descriptions, ranges and order are in
// config.cpp, from which the default file, the reference (documents/configuration-udp.md) and the
// names of environment variables are generated.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/types.hpp"
#include "common/config/access_list.hpp"
#include "common/config/cleaning.hpp"
#include "common/config/deny.hpp"
#include "common/config/general.hpp"
#include "common/config/limits.hpp"
#include "common/config/metrics.hpp"
#include "common/config/peer_addresses.hpp"
#include "common/config/privileges.hpp"
#include "common/config/protocol.hpp"
#include "common/config/schema.hpp"
#include "common/net/socket_address.hpp"

namespace gyre::config {
struct ProgramInfo;
}

namespace gyre::udp {

struct NetworkConfig {
  bool use_ipv4 = true;
  bool use_ipv6 = true;
  config::AddressList address_ipv4{{Ipv4Address{}, 3000}};
  config::AddressList address_ipv6{{Ipv6Address{}, 3000}};
  bool set_only_ipv6 = true;
  std::uint32_t socket_recv_buffer_size = 8'000'000;  // 0: the system's default
  std::uint32_t socket_send_buffer_size = 8'000'000;  // 0: the system's default
  std::uint32_t ring_size = 1024;                     // is rounded up to a power of two
  config::PeerAddressConfig peer_addresses;
  bool operator==(const NetworkConfig&) const = default;
};

struct ProtocolConfig {
  std::uint32_t max_scrape_torrents = 74;
  std::uint32_t max_response_peers = 100;
  Seconds peer_announce_interval = 1800;
  Seconds peer_announce_jitter = 180;
  std::uint32_t adaptive_interval = config::default_adaptive_interval;  // percent; 0: off
  std::uint32_t max_payload_ipv4 = 1452;                                // bytes of UDP payload
  std::uint32_t max_payload_ipv6 = 1232;
  bool echo_lone_peer = false;
  std::string connection_id_secret_path = {};  // empty: a random secret per process
  bool operator==(const ProtocolConfig&) const = default;
};

struct Config {
  std::uint32_t socket_workers = 0;  // 0: one per CPU core
  config::LogLevel log_level = config::LogLevel::info;
  NetworkConfig network;
  ProtocolConfig protocol;
  config::CleaningConfig cleaning;
  Seconds max_connection_age = 5400;
  config::LimitsConfig limits;
  config::MetricsConfig metrics;
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

}  // namespace gyre::udp
