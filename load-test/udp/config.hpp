// The settings of gyre_udp_load_test: names and defaults. What each one means and its range are in
// config.cpp. Keys that aquatic's load tester has too mean the same and have the same defaults.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/config/schema.hpp"
#include "load-test/population.hpp"
#include "load-test/run_config.hpp"

namespace gyre::load_test::udp {

struct NetworkConfig {
  bool multiple_client_ipv4s = true;
  std::uint32_t sockets_per_worker = 4;
  std::uint32_t recv_buffer = 8'000'000;  // 0: the system's default
  std::uint32_t max_in_flight = 384;      // per socket
  std::uint32_t response_timeout_ms = 1000;
  std::uint32_t connect_timeout = 10;     // seconds
  std::uint32_t connection_max_age = 60;  // seconds
  bool operator==(const NetworkConfig&) const = default;
};

struct RequestsConfig {
  std::uint32_t number_of_torrents = 1'000'000;
  std::uint32_t number_of_peers = 2'000'000;
  std::uint32_t scrape_max_torrents = 10;
  std::int32_t announce_peers_wanted = 30;
  std::uint32_t weight_connect = 50;
  std::uint32_t weight_announce = 50;
  std::uint32_t weight_scrape = 1;
  double peer_seeder_probability = 0.75;
  double stopped_probability = 0;
  bool operator==(const RequestsConfig&) const = default;
};

struct Config {
  RunConfig run;
  NetworkConfig network;
  RequestsConfig requests;
  bool operator==(const Config&) const = default;
};

void describe(config::Schema& schema, Config& config);

// The rules between settings that `config` breaks, each as "section.key: message".
std::vector<std::string> validate(const Config& config);

// For config::from_command_line (common/config/cli.hpp).
config::ProgramInfo program_info();

PopulationOptions population_of(const Config& config);

}  // namespace gyre::load_test::udp
