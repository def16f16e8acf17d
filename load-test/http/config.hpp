// The settings of gyre_http_load_test: names and defaults. What each one means and its range are in
// config.cpp. Keys that aquatic's load tester has too mean the same and have the same defaults, but
// for enable_tls.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/schema.hpp"
#include "load-test/connection_config.hpp"
#include "load-test/population.hpp"
#include "load-test/run_config.hpp"

namespace gyre::load_test::http {

// Who closes a connection that is not kept: who does so first has it in TIME_WAIT.
enum class CloseBy : std::uint8_t { tracker, client, reset };
inline constexpr std::array<std::string_view, 3> close_by_names = {"tracker", "client", "reset"};

struct Config {
  RunConfig run;
  std::uint32_t num_connections = 128;  // of each worker
  std::uint32_t connection_creation_interval_ms = 10;
  std::uint32_t idle_connections = 0;  // of all workers
  std::string url_suffix;
  bool keep_alive = true;
  bool enable_tls = false;
  ConnectionConfig network;
  CloseBy close_by = CloseBy::tracker;
  TorrentsConfig torrents;
  std::uint32_t number_of_peers = 100'000;
  std::int32_t announce_peers_wanted = -1;
  bool operator==(const Config&) const = default;
};

void describe(config::Schema& schema, Config& config);

// The rules between settings that `config` breaks, each as "section.key: message".
std::vector<std::string> validate(const Config& config);

// For config::from_command_line (common/config/cli.hpp).
config::ProgramInfo program_info();

PopulationOptions population_of(const Config& config);

}  // namespace gyre::load_test::http
