// Set-up of spdlog, by which all programs log: to standard error, one line per message, with ISO
// time and level, in colour on a terminal.
//
// Whoever logs values formats them with fmt::format(). spdlog's own formatting compiles all of fmt
// into every file that logs: 8 s of CPU time for each under AddressSanitizer, with fmt::format 1 s.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace gyre::process {

// `level` is trace, debug, info, warn, error or off, as in the configuration. May be called again
// to change it.
std::expected<void, std::string> set_up_logging(std::string_view level);

}  // namespace gyre::process
