// Printers of the settings behind a Schema: commented TOML that reads back as the same settings,
// and the Markdown reference. They return text only.
#pragma once

#include <string>
#include <string_view>

#include "common/config/schema.hpp"

namespace gyre::config {

std::string print_toml(const Schema& schema);

// REQUIRES: the described struct holds the defaults.
std::string print_reference(const Schema& schema, std::string_view program);

}  // namespace gyre::config
