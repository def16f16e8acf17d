// [privileges]: what the process gives up before it serves.
#pragma once

#include <string>

#include "common/config/schema.hpp"

namespace gyre::config {

struct PrivilegesConfig {
  bool drop_privileges = false;
  std::string chroot_path;  // empty: no chroot
  std::string group = "nogroup";
  std::string user = "nobody";
  bool sandbox = true;
  bool system_call_filter = false;
  bool operator==(const PrivilegesConfig&) const = default;
};
void describe(Schema& schema, PrivilegesConfig& config);

// The whole section, which is the same in every program.
void describe_section(Schema& schema, PrivilegesConfig& config);

}  // namespace gyre::config
