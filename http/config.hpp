// The settings of gyre_http: names and defaults. Their descriptions, ranges and order are in
// config.cpp, from which the default file, the reference (documents/configuration-http.md) and the
// names of environment variables are generated.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/types.hpp"
#include "common/config/access_list.hpp"
#include "common/config/cleaning.hpp"
#include "common/config/deadlines.hpp"
#include "common/config/deny.hpp"
#include "common/config/general.hpp"
#include "common/config/limits.hpp"
#include "common/config/metrics.hpp"
#include "common/config/network.hpp"
#include "common/config/peer_addresses.hpp"
#include "common/config/privileges.hpp"
#include "common/config/protocol.hpp"
#include "common/config/schema.hpp"
#include "common/net/socket_address.hpp"

namespace gyre::config {
struct ProgramInfo;
}

namespace gyre::http {

// Whether an answer has peers of the family that the requester did not come by. An announce belongs
// to its own family's swarm in any case; clients announce once by each.
enum class PeersOfBothFamilies : std::uint8_t {
  never,
  if_announced,  // to those who say that they have such an address: ip=, ipv4=, ipv6=
  always,
};
inline constexpr std::array<std::string_view, 3> peers_of_both_families_names = {
    "never", "if_announced", "always"};

// What becomes of an announce that the access list does not allow.
enum class RefusalForm : std::uint8_t {
  failure_reason,  // status 200
  retry_in_never,  // the same, with "retry in" "never" (BEP 31)
  gone,            // status 410
};
inline constexpr std::array<std::string_view, 3> refusal_names = {"failure_reason",
                                                                  "retry_in_never", "gone"};

struct ProtocolConfig {
  std::uint32_t max_scrape_torrents = 100;
  std::uint32_t max_response_peers = 50;
  Seconds peer_announce_interval = 1800;
  Seconds peer_announce_jitter = 180;
  std::uint32_t adaptive_interval = config::default_adaptive_interval;  // percent; 0: off
  Seconds min_announce_interval = 900;
  Seconds min_scrape_interval = 900;
  PeersOfBothFamilies peers_of_both_families = PeersOfBothFamilies::if_announced;
  bool allow_non_compact = false;
  bool external_ip = true;
  bool echo_lone_peer = false;
  RefusalForm refusal = RefusalForm::failure_reason;
  std::string warning_message;  // empty: none
  std::string tracker_id;       // empty: none
  bool operator==(const ProtocolConfig&) const = default;
};

struct FullScrapeConfig {
  bool enabled = false;
  Seconds interval = 300;
  std::uint32_t responses_per_interval = 10;
  bool operator==(const FullScrapeConfig&) const = default;
};

struct Config {
  std::uint32_t socket_workers = 0;  // 0: one per CPU core
  config::LogLevel log_level = config::LogLevel::info;
  config::NetworkConfig network = config::listening_on(3000);
  bool keep_alive = true;
  config::PeerAddressConfig peer_addresses;
  ProtocolConfig protocol;
  FullScrapeConfig full_scrape;
  config::CleaningConfig cleaning;
  config::LimitsConfig limits;
  std::uint32_t max_connections = 0;              // 0: as memory allows
  std::uint32_t max_connections_per_address = 0;  // 0: no limit; likewise below
  std::uint32_t connections_per_second_per_address = 100;
  std::uint32_t handshakes_per_second_per_address = 50;
  config::DeadlinesConfig deadlines;
  Seconds idle_deadline = 60;
  config::MetricsConfig metrics{
      .prometheus_endpoint_address = {Ipv4Address{{std::byte{127}, {}, {}, std::byte{1}}}, 9001}};
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

}  // namespace gyre::http
