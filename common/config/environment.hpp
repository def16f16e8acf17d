// Environment variables that override single settings: GYRE_SOCKET_WORKERS, or with two underscores
// between section and key GYRE_NETWORK__RING_SIZE. Values have no quotes, lists are separated by
// commas.
//
// An unknown variable causes only a warning: Kubernetes sets variables such as GYRE_PORT, and
// another program of the suite may have a setting of that name.
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

// Assigns the values of GYRE_* variables, in their order. Returns the errors, "NAME: message", and
// adds to the warnings. An invalid variable changes nothing.
std::vector<std::string> read_environment(const Environment& environment, const Schema& schema,
                                          std::vector<std::string>& warnings);

}  // namespace gyre::config
