#include "common/process/logging.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace gyre::process {
namespace {

using Level = spdlog::level::level_enum;

constexpr std::array<std::pair<std::string_view, Level>, 6> levels = {{
    {"trace", Level::trace},
    {"debug", Level::debug},
    {"info", Level::info},
    {"warn", Level::warn},
    {"error", Level::err},
    {"off", Level::off},
}};

// 2026-08-01T12:00:00.123+02:00 info: message
constexpr const char* pattern = "%Y-%m-%dT%H:%M:%S.%e%z %^%l%$: %v";

}  // namespace

std::expected<void, std::string> set_up_logging(std::string_view level) {
  const auto found = std::ranges::find(levels, level, &std::pair<std::string_view, Level>::first);
  if (found == levels.end()) {
    return std::unexpected("unknown log level \"" + std::string(level) +
                           "\": choose trace, debug, info, warn, error or off");
  }
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  auto logger = std::make_shared<spdlog::logger>("", std::move(sink));
  logger->set_pattern(pattern);
  logger->set_level(found->second);
  spdlog::set_default_logger(std::move(logger));
  return {};
}

}  // namespace gyre::process
