// Settings that every load tester has: where the tracker is, how long and in which mode to load it.
// Names, defaults, texts and ranges; what they mean for a run is in run.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/general.hpp"
#include "common/config/schema.hpp"
#include "common/net/socket_address.hpp"

namespace gyre::config {
struct ProgramInfo;
}

namespace gyre::load_test {

enum class Mode : std::uint8_t { saturate, rate, search };
inline constexpr std::array<std::string_view, 3> mode_names = {"saturate", "rate", "search"};

struct RunConfig {
  net::SocketAddress server_address{Ipv4Address{{std::byte{127}, {}, {}, std::byte{1}}}, 3000};
  config::LogLevel log_level = config::LogLevel::error;
  std::uint32_t workers = 1;
  std::uint32_t duration = 0;        // seconds, 0: until stopped
  std::uint32_t summarize_last = 0;  // seconds, 0: all
  Mode mode = Mode::saturate;
  std::uint64_t rate = 100'000;
  double search_p99_max_us = 1000;
  double search_loss_max = 0.0001;
  std::uint32_t search_step_duration = 3;
  std::uint32_t seed = 1;
  bool operator==(const RunConfig&) const = default;
};

// `workers_key` is what aquatic's counterpart calls the number of workers.
void describe_run(config::Schema& schema, RunConfig& config, std::string_view workers_key);

// What config::from_command_line wants to know of a load tester.
config::ProgramInfo program_info_of(std::string_view name, std::string_view summary);

// The rules between these settings that are broken, each as "key: message".
std::vector<std::string> validate_run(const RunConfig& config);

}  // namespace gyre::load_test
