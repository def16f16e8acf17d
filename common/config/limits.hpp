// [limits]: bounds of a tracker's memory and connections.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/schema.hpp"

namespace gyre::config {

inline constexpr Integers count_range{.min = 0, .max = 4'000'000'000};

inline constexpr std::string_view limits_text =
    "Bounds of the tracker's memory, and of what a client may ask for.";

// Of swarms whose peers are addresses.
struct LimitsConfig {
  std::uint64_t max_memory = 0;              // bytes; 0: four fifths of the machine or cgroup
  std::uint32_t max_peers = 0;               // 0: as memory allows
  std::uint32_t max_torrents = 0;            // 0: as memory allows
  std::uint32_t max_peers_per_swarm = 0;     // 0: a tenth of max_peers, or of what memory holds
  std::uint32_t max_peers_per_address = 64;  // 0: no limit
  std::uint32_t requests_per_second_per_address = 100;  // 0: no limit
  bool operator==(const LimitsConfig&) const = default;
};
void describe(Schema& schema, LimitsConfig& config);

// What happens at the limits differs: `memory_text` and `peers_text` are the program's.
void describe_memory_limits(Schema& schema, std::uint64_t& max_memory, std::uint32_t& max_peers,
                            std::uint32_t& max_torrents, std::string_view memory_text,
                            std::string_view peers_text);
void describe_max_connections(Schema& schema, std::uint32_t& count, std::string_view text);
void describe_max_connections_per_address(Schema& schema, std::uint32_t& count);

// Of one client; its network and bursts have fixed multiples (limits::BucketRate).
void describe_requests_per_second(Schema& schema, std::uint32_t& rate);
void describe_connection_rates(Schema& schema, std::uint32_t& connections,
                               std::uint32_t& handshakes);

// Adds a problem if there are too few for the workers.
void add_max_connections_problem(std::uint32_t max_connections, std::vector<std::string>& problems);

}  // namespace gyre::config
