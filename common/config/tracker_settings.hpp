// Settings of every tracker: their texts, ranges and the rules between them. Values only; what acts
// on them is in common/tracker.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/types.hpp"
#include "common/config/schema.hpp"

namespace gyre::config {

struct LimitsConfig {
  std::uint32_t max_peers = 0;               // 0: as memory allows
  std::uint32_t max_torrents = 0;            // 0: as memory allows
  std::uint32_t max_peers_per_swarm = 0;     // 0: a tenth of max_peers
  std::uint32_t max_peers_per_address = 64;  // 0: no limit
  bool operator==(const LimitsConfig&) const = default;
};
void describe(Schema& schema, LimitsConfig& config);

inline constexpr Integers count_range{.min = 0, .max = 4'000'000'000};

inline constexpr std::string_view limits_text =
    "Bounds of the tracker's memory, whatever clients send.";

// Single settings, for sections that differ otherwise.
void describe_socket_workers(Schema& schema, std::uint32_t& socket_workers);
void describe_use_families(Schema& schema, bool& use_ipv4, bool& use_ipv6);
void describe_address_ipv6(Schema& schema, AddressList& address_ipv6);
void describe_memory_limits(Schema& schema, std::uint32_t& max_peers, std::uint32_t& max_torrents);
void describe_announce_interval(Schema& schema, Seconds& interval);
void describe_announce_jitter(Schema& schema, Seconds& jitter);
void describe_echo_lone_peer(Schema& schema, bool& echo_lone_peer);
void describe_cleaning_interval(Schema& schema, Seconds& interval);
void describe_max_peer_age(Schema& schema, Seconds& max_peer_age);

// Whether two sockets of one program cannot both be bound. Port 0 never collides.
bool collide(const net::SocketAddress& a, const net::SocketAddress& b);

// Where a tracker listens: part of [network].
struct Listening {
  bool use_ipv4;
  bool use_ipv6;
  const AddressList& address_ipv4;
  const AddressList& address_ipv6;
  bool only_ipv6;
  std::string_view traffic;  // "datagrams" or "connections", for messages
};

// Each adds a "section.key: message" for each violated rule. Two sockets of one program on one
// port: the kernel would refuse the second, and its message would blame another program.
void add_address_collisions(const Listening& listening, std::vector<std::string>& problems);

// A family that is enabled but has no address.
void add_missing_addresses(const Listening& listening, std::vector<std::string>& problems);

// `longest_interval` includes all jitter.
void add_too_short_peer_age(Seconds max_peer_age, Seconds longest_interval,
                            std::vector<std::string>& problems);

}  // namespace gyre::config
