// Settings that every tracker of the suite has, with the same meaning: their texts, ranges and the
// rules between them are written here once. Values only: what is done about them is in
// common/tracker.
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
    "What is remembered at most, whatever clients send: the tracker's memory.";

// Rows of sections that are not alike as a whole.
void describe_socket_workers(Schema& schema, std::uint32_t& socket_workers);
void describe_use_families(Schema& schema, bool& use_ipv4, bool& use_ipv6);
void describe_address_ipv6(Schema& schema, AddressList& address_ipv6);
void describe_memory_limits(Schema& schema, std::uint32_t& max_peers, std::uint32_t& max_torrents);
void describe_announce_interval(Schema& schema, Seconds& interval);
void describe_announce_jitter(Schema& schema, Seconds& jitter);
void describe_echo_lone_peer(Schema& schema, bool& echo_lone_peer);
void describe_cleaning_interval(Schema& schema, Seconds& interval);
void describe_max_peer_age(Schema& schema, Seconds& max_peer_age);

// Whether two sockets of one program cannot both be bound. Port 0 is a new port each time.
bool collide(const net::SocketAddress& a, const net::SocketAddress& b);

// Where a tracker listens, of its [network].
struct Listening {
  bool use_ipv4;
  bool use_ipv6;
  const AddressList& address_ipv4;
  const AddressList& address_ipv6;
  bool only_ipv6;
  std::string_view traffic;  // what arrives there, "datagrams"
};

// The rules that are broken, each as "section.key: message". Sockets of one program on one port:
// the kernel would refuse the second, and its message would blame another program.
void add_address_collisions(const Listening& listening, std::vector<std::string>& problems);

// Of a family that is to be served, and has no address.
void add_missing_addresses(const Listening& listening, std::vector<std::string>& problems);

// `longest_interval` is what clients are told to wait at most, with all jitter.
void add_too_short_peer_age(Seconds max_peer_age, Seconds longest_interval,
                            std::vector<std::string>& problems);

}  // namespace gyre::config
