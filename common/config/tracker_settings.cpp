#include "common/config/tracker_settings.hpp"

#include <fmt/format.h>

namespace gyre::config {
namespace {

void add_collisions_within(const AddressList& addresses, std::string_view key,
                           std::vector<std::string>& problems) {
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!collide(addresses[i], addresses[j])) continue;
      problems.push_back(fmt::format("network.{}: {} is already covered by {}; remove one of them",
                                     key, to_string(addresses[i]), to_string(addresses[j])));
    }
  }
}

}  // namespace

bool collide(const net::SocketAddress& a, const net::SocketAddress& b) {
  if (a.port != b.port || a.port == 0 || a.family() != b.family()) return false;
  return a == b || a.is_wildcard() || b.is_wildcard();
}

void describe_memory_limits(Schema& schema, std::uint32_t& max_peers, std::uint32_t& max_torrents) {
  schema.setting("max_peers", max_peers,
                 "Maximum number of peers to store, IPv4 and IPv6 together. At the limit "
                 "announces are still answered, but new peers are not stored and so not returned "
                 "to others; the last 5 % are reserved for swarms with fewer than two peers. 0: "
                 "what fits into 70 % of the memory of the machine or cgroup.",
                 count_range);
  schema.setting("max_torrents", max_torrents,
                 "Maximum number of torrents to store; announces for others get a response "
                 "without peers. 0: as memory allows.",
                 count_range);
}

void describe(Schema& schema, LimitsConfig& config) {
  auto& [max_peers, max_torrents, max_peers_per_swarm, max_peers_per_address] = config;
  describe_memory_limits(schema, max_peers, max_torrents);
  schema.setting("max_peers_per_swarm", max_peers_per_swarm,
                 "Maximum number of peers of one torrent, per address family. In a full swarm a "
                 "new peer evicts the one that announced least recently (in large swarms: the "
                 "least recent of a random sample). 0: a tenth of max_peers.",
                 count_range);
  schema.setting("max_peers_per_address", max_peers_per_address,
                 "Maximum number of peers that one IP address (IPv6: one /64) may have in a "
                 "swarm; a new one evicts that address's least recent. Loopback addresses "
                 "(127.0.0.0/8, ::1) are not limited. 0: no limit.",
                 Integers{0, 1000});
}

void describe_socket_workers(Schema& schema, std::uint32_t& socket_workers) {
  schema.setting("socket_workers", socket_workers,
                 "Worker threads, each with its own sockets. 0: one per CPU core.",
                 Integers{0, 1024});
}

void describe_use_families(Schema& schema, bool& use_ipv4, bool& use_ipv6) {
  schema.setting("use_ipv4", use_ipv4, "Serve IPv4, on address_ipv4.");
  schema.setting("use_ipv6", use_ipv6, "Serve IPv6, on address_ipv6.");
}

void describe_address_ipv6(Schema& schema, AddressList& address_ipv6) {
  schema.setting("address_ipv6", address_ipv6,
                 "IPv6 address and port to listen on, with the address in brackets, or a list of "
                 "them.",
                 Family::ipv6);
}

void describe_announce_interval(Schema& schema, Seconds& interval) {
  schema.setting("peer_announce_interval", interval,
                 "Seconds until a client should announce again (\"interval\"). Traffic is "
                 "inversely proportional to it.",
                 Integers{1, 21600});
}

void describe_announce_jitter(Schema& schema, Seconds& jitter) {
  schema.setting("peer_announce_jitter", jitter,
                 "Up to this many seconds are added to the interval, at random for each "
                 "response, so that clients that arrived together (after a restart, say) spread "
                 "out. 0: no jitter.",
                 Integers{0, 3600});
}

void describe_echo_lone_peer(Schema& schema, bool& echo_lone_peer) {
  schema.setting("echo_lone_peer", echo_lone_peer,
                 "Return a peer to itself when it is alone in its swarm. Clients have no use for "
                 "it, but some tracker list checkers announce once and look for their own port.");
}

void describe_cleaning_interval(Schema& schema, Seconds& interval) {
  schema.setting("torrent_cleaning_interval", interval,
                 "Seconds between two rounds that remove expired peers and empty torrents.",
                 Integers{1, 3600});
}

void describe_max_peer_age(Schema& schema, Seconds& max_peer_age) {
  schema.setting("max_peer_age", max_peer_age,
                 "Seconds after its last announce at which a peer expires. Must exceed "
                 "peer_announce_interval plus peer_announce_jitter; twice as long tolerates one "
                 "lost announce.",
                 Integers{1, 21600});
}

void add_address_collisions(const Listening& listening, std::vector<std::string>& problems) {
  if (listening.use_ipv4) add_collisions_within(listening.address_ipv4, "address_ipv4", problems);
  if (listening.use_ipv6) add_collisions_within(listening.address_ipv6, "address_ipv6", problems);
  if (!listening.use_ipv4 || !listening.use_ipv6 || listening.only_ipv6) return;
  for (const net::SocketAddress& ipv6 : listening.address_ipv6) {
    for (const net::SocketAddress& ipv4 : listening.address_ipv4) {
      if (!ipv6.is_wildcard() || ipv4.port != ipv6.port || ipv4.port == 0) continue;
      problems.push_back(fmt::format(
          "network.set_only_ipv6: false, so {} receives the {} of {} too; set use_ipv4 to "
          "false or use another port",
          to_string(ipv6), listening.traffic, to_string(ipv4)));
    }
  }
}

void add_missing_addresses(const Listening& listening, std::vector<std::string>& problems) {
  if (listening.use_ipv4 && listening.address_ipv4.empty()) {
    problems.emplace_back("network.address_ipv4: empty; list an address, or set use_ipv4 to false");
  }
  if (listening.use_ipv6 && listening.address_ipv6.empty()) {
    problems.emplace_back("network.address_ipv6: empty; list an address, or set use_ipv6 to false");
  }
}

void add_too_short_peer_age(Seconds max_peer_age, Seconds longest_interval,
                            std::vector<std::string>& problems) {
  if (longest_interval < max_peer_age) return;
  problems.push_back(
      fmt::format("cleaning.max_peer_age: {} s, but clients announce only every {} s "
                  "(peer_announce_interval + peer_announce_jitter), so peers would expire in "
                  "between; raise it above that, or shorten the interval",
                  max_peer_age, longest_interval));
}

}  // namespace gyre::config
