// [access_list]: which torrents are tracked.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "common/base/types.hpp"
#include "common/config/schema.hpp"

namespace gyre::config {

inline constexpr std::array<std::string_view, 3> access_mode_names = {"off", "allow", "deny"};

struct AccessListConfig {
  AccessMode mode = AccessMode::off;
  std::string path = "./access-list.txt";
  bool operator==(const AccessListConfig&) const = default;
};
void describe(Schema& schema, AccessListConfig& config);

// The whole section, which is the same in every program.
void describe_section(Schema& schema, AccessListConfig& config);

}  // namespace gyre::config
