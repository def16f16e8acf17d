// Sets up spdlog, through which all programs log: to standard error, one line per message, with
// ISO time and level, in colour where it is a terminal. Logging itself is done with spdlog
// directly.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace gyre::process {

// trace, debug, info, warn, error or off, as the configuration names them. May be called again to
// change the level.
std::expected<void, std::string> set_up_logging(std::string_view level);

}  // namespace gyre::process
