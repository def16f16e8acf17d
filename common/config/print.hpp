// Prints the settings behind a Schema: as commented TOML that reads back as the same settings, and
// as the Markdown page of the documentation. Only makes text; where it goes is the caller's matter.
#pragma once

#include <string>
#include <string_view>

#include "common/config/schema.hpp"

namespace gyre::config {

std::string print_toml(const Schema& schema);

// Requires: the described struct holds the defaults, which the page names.
std::string print_reference(const Schema& schema, std::string_view program);

}  // namespace gyre::config
