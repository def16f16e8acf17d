// The settings of gyre_ws_load_test: names and defaults. What each one means and its range are in
// config.cpp. Keys that aquatic's load tester has too mean the same and have the same defaults.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/config/schema.hpp"
#include "load-test/connection_config.hpp"
#include "load-test/population.hpp"
#include "load-test/run_config.hpp"

namespace gyre::load_test::ws {

// An OfferNumber has six hexadecimal digits for its connection.
inline constexpr std::uint32_t connection_count_max = 1 << 24;
inline constexpr std::uint32_t offers_max = 64;
// Each takes what its offers take in memory.
inline constexpr std::uint64_t place_count_max = 100'000'000;

struct Config {
  RunConfig run{.server_address = {Ipv4Address{{std::byte{127}, {}, {}, std::byte{1}}}, 3001}};
  std::uint32_t num_connections_per_worker = 16;
  std::uint32_t connection_creation_interval_ms = 10;
  bool measure_after_max_connections_reached = true;
  std::uint32_t idle_connections = 0;  // of all workers
  std::string url_path = "/";
  bool enable_tls = false;
  bool deflate = false;
  bool echo = false;
  std::uint32_t echo_burst = 1;
  ConnectionConfig network;
  std::uint32_t max_in_flight = 64;  // of each worker
  TorrentsConfig torrents;
  std::uint32_t torrents_per_connection = 1;
  std::uint32_t offers_per_request = 10;
  double answer_probability = 1;
  std::uint32_t sdp_size = 1500;
  bool operator==(const Config&) const = default;
};

void describe(config::Schema& schema, Config& config);

// The rules between settings that `config` breaks, each as "section.key: message".
std::vector<std::string> validate(const Config& config);

// For config::from_command_line (common/config/cli.hpp).
config::ProgramInfo program_info();

// All torrents: those of idle connections follow the others.
PopulationOptions population_of(const Config& config);

// Which swarms the connections that are not idle are in: one peer for each place of each.
PopulationOptions places_of(const Config& config);

// Of all workers, without idle ones.
inline std::uint32_t connection_count(const Config& config) {
  return config.run.workers * config.num_connections_per_worker;
}

}  // namespace gyre::load_test::ws
