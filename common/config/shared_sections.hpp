// Sections that several programs share: metrics, privileges, access list. Values only; what acts on
// them is in common/metrics, common/process and common/swarm.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/config/schema.hpp"

namespace gyre::config {

// From silent to verbose: each level includes those before it.
enum class LogLevel : std::uint8_t { off, error, warn, info, debug, trace };

enum class AccessListMode : std::uint8_t { off, allow, deny };

// The names of an enum's values in a configuration, in the order of the values.
inline constexpr std::array<std::string_view, 6> log_level_names = {"off",  "error", "warn",
                                                                    "info", "debug", "trace"};
inline constexpr std::array<std::string_view, 3> access_list_mode_names = {"off", "allow", "deny"};

constexpr std::span<const std::string_view> names_of(LogLevel) {
  return log_level_names;
}
constexpr std::span<const std::string_view> names_of(AccessListMode) {
  return access_list_mode_names;
}

// The row for a program's log_level.
void describe_log_level(Schema& schema, LogLevel& log_level);

struct MetricsConfig {
  bool run_prometheus_endpoint = false;
  net::SocketAddress prometheus_endpoint_address{
      Ipv4Address{{std::byte{127}, {}, {}, std::byte{1}}}, 9000};
  bool operator==(const MetricsConfig&) const = default;
};
void describe(Schema& schema, MetricsConfig& config);

struct PrivilegesConfig {
  bool drop_privileges = false;
  std::string chroot_path;  // empty: no chroot
  std::string group = "nogroup";
  std::string user = "nobody";
  bool operator==(const PrivilegesConfig&) const = default;
};
void describe(Schema& schema, PrivilegesConfig& config);

struct AccessListConfig {
  AccessListMode mode = AccessListMode::off;
  std::string path = "./access-list.txt";
  bool operator==(const AccessListConfig&) const = default;
};
void describe(Schema& schema, AccessListConfig& config);

// schema.section() with the name and text that these sections have in every program.
void describe_section(Schema& schema, MetricsConfig& config);
void describe_section(Schema& schema, PrivilegesConfig& config);
void describe_section(Schema& schema, AccessListConfig& config);

}  // namespace gyre::config
