// The settings above the first section that programs share.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "common/config/schema.hpp"

namespace gyre::config {

// From silent to verbose: each level includes those before it.
enum class LogLevel : std::uint8_t { off, error, warn, info, debug, trace };
inline constexpr std::array<std::string_view, 6> log_level_names = {"off",  "error", "warn",
                                                                    "info", "debug", "trace"};

void describe_log_level(Schema& schema, LogLevel& log_level);
void describe_socket_workers(Schema& schema, std::uint32_t& socket_workers);

}  // namespace gyre::config
