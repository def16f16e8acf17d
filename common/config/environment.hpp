// Overrides of single settings by environment variables: GYRE_SOCKET_WORKERS, and with two
// underscores between section and key GYRE_NETWORK__RING_SIZE. Values are bare text, lists are
// separated by commas.
//
// A variable that names no setting is only worth a warning: Kubernetes gives a pod variables such
// as GYRE_PORT, and another program of the suite may have a setting of that name.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/config/schema.hpp"

namespace gyre::config {

using Environment = std::vector<std::pair<std::string, std::string>>;  // name, value

Environment process_environment();

std::string environment_name(const Setting& setting);  // "GYRE_NETWORK__RING_SIZE"

struct EnvironmentReport {
  std::vector<std::string> errors;  // "NAME: message"
  std::vector<std::string> warnings;
};

// Assigns what GYRE_* variables say, in the order of the variables. A wrong one changes nothing.
EnvironmentReport read_environment(const Environment& environment, const Schema& schema);

}  // namespace gyre::config
