#include "common/config/limits.hpp"

#include <fmt/format.h>

namespace gyre::config {

static constexpr Integers rate_range{.min = 0, .max = 1'000'000};

void describe_memory_limits(Schema& schema, std::uint64_t& max_memory, std::uint32_t& max_peers,
                            std::uint32_t& max_torrents, std::string_view memory_text,
                            std::string_view peers_text) {
  schema.size_setting("max_memory", max_memory, memory_text);
  schema.setting("max_peers", max_peers, peers_text, count_range);
  schema.setting("max_torrents", max_torrents,
                 "Maximum number of torrents to store. 0: as memory allows.", count_range);
}

void describe(Schema& schema, LimitsConfig& config) {
  auto& [max_memory, max_peers, max_torrents, max_peers_per_swarm, max_peers_per_address,
         requests_per_second_per_address] = config;
  describe_memory_limits(
      schema, max_memory, max_peers, max_torrents,
      "Memory that the process may use in all: \"2 GiB\", \"512 MiB\". Measured once a second; "
      "less while others leave little: a tenth of the machine or cgroup, 512 MiB at most, stays "
      "free, but a quarter of the limit is the tracker's own in any case. From 80 % of this or of "
      "the limits below on, a new peer or torrent takes the place of a torrent that nobody else "
      "has asked for, from the network (IPv4 /24, IPv6 /48) that holds most of them. If no network "
      "holds many of these, others with few peers of two networks at most can go as well, from a "
      "network that holds a sixteenth of all. Meanwhile peers expire a tenth after their next "
      "announce is due. \"0\": four fifths of the machine or cgroup.",
      "Maximum number of peers to store, IPv4 and IPv6 together. At the limit new peers replace "
      "those of their swarm that announced least recently; the last 5 % are reserved for swarms "
      "with fewer than 50 peers. 0: as memory allows.");
  schema.setting("max_peers_per_swarm", max_peers_per_swarm,
                 "Maximum number of peers of one torrent, per address family. In a full swarm a "
                 "new peer evicts the one that announced least recently (in large swarms: the "
                 "least recent of a random sample). 0: a tenth of max_peers, or of what memory "
                 "holds.",
                 count_range);
  schema.setting("max_peers_per_address", max_peers_per_address,
                 "Maximum number of peers that one IP address (IPv6: one /64) may have in a "
                 "swarm; a new one evicts that address's least recent. Loopback addresses "
                 "(127.0.0.0/8, ::1) are not limited. 0: no limit.",
                 Integers{0, 1000});
  describe_requests_per_second(schema, requests_per_second_per_address);
}

void describe_requests_per_second(Schema& schema, std::uint32_t& rate) {
  schema.setting("requests_per_second_per_address", rate,
                 "Announces and scrapes per second that are served for one publicly routable IP "
                 "address (IPv6: one /64), on average, per worker; 16 times that for its network "
                 "(IPv4 /24, IPv6 /48), and 400 seconds' worth at once after a pause. Each worker "
                 "counts by itself: with eight, an address whose requests reach all of them gets "
                 "up to eight times that. A client with 10,000 torrents announces them all within "
                 "a second after a restart, and then 6 per second; those who harvest peers ask a "
                 "thousand times per second. 0: no limit.",
                 rate_range);
}

void describe_connection_rates(Schema& schema, std::uint32_t& connections,
                               std::uint32_t& handshakes) {
  schema.setting("connections_per_second_per_address", connections,
                 "New connections per second of one publicly routable IP address (IPv6: one /64), "
                 "on average, per worker; 16 times that for its network (IPv4 /24, IPv6 /48), and "
                 "400 seconds' worth at once after a pause. More are closed unread. Connections of "
                 "proxies that identify their clients (trusted_networks) are not counted, but with "
                 "the PROXY protocol those of their clients are. 0: no limit.",
                 rate_range);
  schema.setting("handshakes_per_second_per_address", handshakes,
                 "TLS handshakes per second of one publicly routable IP address (IPv6: one /64), "
                 "on average, per worker; 16 times that for its network (IPv4 /24, IPv6 /48), and "
                 "400 seconds' worth at once after a pause. Each takes about a millisecond of CPU "
                 "time. More connections are closed before their handshake begins. 0: no limit.",
                 rate_range);
}

void describe_max_connections(Schema& schema, std::uint32_t& count, std::string_view text) {
  schema.setting("max_connections", count, text, Integers{0, 10'000'000});
}

void describe_max_connections_per_address(Schema& schema, std::uint32_t& count) {
  schema.setting("max_connections_per_address", count,
                 "Connections that one IP address (IPv6: one /64) may have open; more are closed "
                 "at once. Behind a proxy that identifies its clients by a trusted header or the "
                 "PROXY protocol, the clients are counted, not the proxy. 0: no limit, which is "
                 "right behind other proxies and where many clients share an address.",
                 Integers{0, 1'000'000});
}

void add_max_connections_problem(std::uint32_t max_connections,
                                 std::vector<std::string>& problems) {
  constexpr std::uint32_t connections_min = 16;
  if (max_connections == 0 || max_connections >= connections_min) return;
  problems.push_back(
      fmt::format("limits.max_connections: {} is too low; set {} or more, or 0 for what memory "
                  "allows",
                  max_connections, connections_min));
}

}  // namespace gyre::config
