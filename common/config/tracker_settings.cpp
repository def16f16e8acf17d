#include "common/config/tracker_settings.hpp"

#include <fmt/format.h>

namespace gyre::config {
namespace {

void add_collisions_within(const AddressList& addresses, std::string_view key,
                           std::vector<std::string>& problems) {
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!collide(addresses[i], addresses[j])) continue;
      problems.push_back(fmt::format("network.{}: {} is covered by {} already; remove one of them",
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
                 "Peers that are remembered at most, IPv4 and IPv6 together. When so many are "
                 "known, announces are still answered, but new peers are not told to others; the "
                 "last twentieth is kept for swarms with fewer than two peers. 0: what 70 % of "
                 "the memory of the machine, or of its cgroup, can hold.",
                 count_range);
  schema.setting("max_torrents", max_torrents,
                 "Torrents that are remembered at most; announces for others are answered "
                 "with no peers. 0: as memory allows.",
                 count_range);
}

void describe(Schema& schema, LimitsConfig& config) {
  auto& [max_peers, max_torrents, max_peers_per_swarm, max_peers_per_address] = config;
  describe_memory_limits(schema, max_peers, max_torrents);
  schema.setting(
      "max_peers_per_swarm", max_peers_per_swarm,
      "Peers of one torrent, for IPv4 and for IPv6. In a full swarm a new peer takes the "
      "place of the oldest one, that is of the one that has not announced for the "
      "longest time (in large swarms: of some at random). 0: a tenth of max_peers.",
      count_range);
  schema.setting(
      "max_peers_per_address", max_peers_per_address,
      "Peers with one IP address (over IPv6: in one /64) in a swarm. A new one takes the "
      "place of the oldest of that address. Addresses of the host itself "
      "(127.0.0.0/8, ::1) are not limited. 0 turns it off.",
      Integers{0, 1000});
}

void describe_socket_workers(Schema& schema, std::uint32_t& socket_workers) {
  schema.setting("socket_workers", socket_workers,
                 "Threads that serve requests, each with sockets of its own; 0 starts one per CPU "
                 "core.",
                 Integers{0, 1024});
}

void describe_use_families(Schema& schema, bool& use_ipv4, bool& use_ipv6) {
  schema.setting("use_ipv4", use_ipv4, "Serve IPv4 peers on the addresses of address_ipv4.");
  schema.setting("use_ipv6", use_ipv6, "Serve IPv6 peers on the addresses of address_ipv6.");
}

void describe_address_ipv6(Schema& schema, AddressList& address_ipv6) {
  schema.setting("address_ipv6", address_ipv6,
                 "IPv6 address and port to listen on, with the address in brackets, or a list of "
                 "them.",
                 Family::ipv6);
}

void describe_announce_interval(Schema& schema, Seconds& interval) {
  schema.setting("peer_announce_interval", interval,
                 "Seconds after which clients are told to announce again. Traffic is in inverse "
                 "proportion to it.",
                 Integers{1, 21600});
}

void describe_announce_jitter(Schema& schema, Seconds& jitter) {
  schema.setting("peer_announce_jitter", jitter,
                 "Seconds: each answer adds a random part of them to the interval, so that "
                 "clients that came together (after a restart, say) spread out. 0 turns it off.",
                 Integers{0, 3600});
}

void describe_echo_lone_peer(Schema& schema, bool& echo_lone_peer) {
  schema.setting("echo_lone_peer", echo_lone_peer,
                 "Tell a peer that is alone in its swarm of itself. Clients have no use for it, "
                 "but some checkers of tracker lists announce once and look for their own port.");
}

void describe_cleaning_interval(Schema& schema, Seconds& interval) {
  schema.setting("torrent_cleaning_interval", interval,
                 "Seconds between two rounds that remove the peers which are too old and the "
                 "torrents that nobody is left in.",
                 Integers{1, 3600});
}

void describe_max_peer_age(Schema& schema, Seconds& max_peer_age) {
  schema.setting("max_peer_age", max_peer_age,
                 "Seconds after its last announce at which a peer is forgotten. It must be longer "
                 "than peer_announce_interval and peer_announce_jitter together; twice as long "
                 "forgives the loss of one announce.",
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
          "network.set_only_ipv6: false, so {} takes the {} of {} too; set use_ipv4 to false or "
          "use another port",
          to_string(ipv6), listening.traffic, to_string(ipv4)));
    }
  }
}

void add_missing_addresses(const Listening& listening, std::vector<std::string>& problems) {
  if (listening.use_ipv4 && listening.address_ipv4.empty()) {
    problems.emplace_back(
        "network.address_ipv4: lists no address; name one, or set use_ipv4 to false");
  }
  if (listening.use_ipv6 && listening.address_ipv6.empty()) {
    problems.emplace_back(
        "network.address_ipv6: lists no address; name one, or set use_ipv6 to false");
  }
}

void add_too_short_peer_age(Seconds max_peer_age, Seconds longest_interval,
                            std::vector<std::string>& problems) {
  if (longest_interval < max_peer_age) return;
  problems.push_back(fmt::format(
      "cleaning.max_peer_age: {} s, but clients are told to announce every {} s "
      "(peer_announce_interval + peer_announce_jitter) at the latest, so peers would be "
      "forgotten in between; raise it above that, or shorten the interval",
      max_peer_age, longest_interval));
}

}  // namespace gyre::config
