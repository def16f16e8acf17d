#include "udp/config.hpp"

#include <fmt/format.h>

#include "common/config/cli.hpp"
#include "udp/limits.hpp"

namespace gyre::udp {

using config::Integers;

// Found by Schema::section through argument-dependent lookup, hence not in the unnamed namespace.
static void describe(config::Schema& schema, NetworkConfig& config) {
  auto& [use_ipv4, use_ipv6, address_ipv4, address_ipv6, set_only_ipv6, socket_recv_buffer_size,
         socket_send_buffer_size, ring_size] = config;
  // The kernel doubles what it is told, in 32 signed bits.
  constexpr Integers buffer_size{.min = 0, .max = (1 << 30) - 1};

  schema.setting("use_ipv4", use_ipv4, "Serve IPv4 peers on the addresses of address_ipv4.");
  schema.setting("use_ipv6", use_ipv6, "Serve IPv6 peers on the addresses of address_ipv6.");
  schema.setting("address_ipv4", address_ipv4,
                 "IPv4 address and port to listen on, or a list of them: "
                 "[\"192.0.2.1:3000\", \"192.0.2.2:3000\"]. 0.0.0.0 stands for all of the host; "
                 "answers always leave from the address that was asked.",
                 Family::ipv4);
  schema.setting("address_ipv6", address_ipv6,
                 "IPv6 address and port to listen on, with the address in brackets, or a list of "
                 "them.",
                 Family::ipv6);
  schema.setting(
      "set_only_ipv6", set_only_ipv6,
      "Keep IPv4 away from the IPv6 sockets (IPV6_V6ONLY). If false, a socket on [::] "
      "takes IPv4 datagrams too, and those who send them count as IPv4 peers; set use_ipv4 "
      "to false then.");
  schema.setting("socket_recv_buffer_size", socket_recv_buffer_size,
                 "Bytes of each socket's receive buffer (SO_RCVBUF), which holds requests while "
                 "the workers are busy; 0 keeps the system's default. The kernel grants no more "
                 "than the sysctl net.core.rmem_max.",
                 buffer_size);
  schema.setting("socket_send_buffer_size", socket_send_buffer_size,
                 "Bytes of each socket's send buffer (SO_SNDBUF); 0 keeps the system's default. "
                 "The kernel grants no more than the sysctl net.core.wmem_max.",
                 buffer_size);
  schema.setting(
      "ring_size", ring_size,
      "Answers of a worker that can wait at once for room in a socket's send buffer. Their "
      "memory is allocated at the start. Rounded up to a power of two.",
      Integers{16, 16384});
}

static void describe(config::Schema& schema, ProtocolConfig& config) {
  auto& [max_scrape_torrents, max_response_peers, peer_announce_interval, peer_announce_jitter,
         max_payload_ipv4, max_payload_ipv6, echo_lone_peer, connection_id_secret_path] = config;
  constexpr Integers payload{.min = 512, .max = response_size_max};

  schema.setting("max_scrape_torrents", max_scrape_torrents,
                 "Torrents that one scrape is answered for; the rest of a longer request is "
                 "ignored. 74 is what the protocol (BEP 15) allows.",
                 Integers{1, scrape_hashes_max});
  schema.setting("max_response_peers", max_response_peers,
                 "Peers that one announce is answered with at most. Clients ask for 50 to 200; "
                 "the payload limits below allow 238 IPv4 and 67 IPv6 peers unless changed.",
                 Integers{1, response_peers_max});
  schema.setting("peer_announce_interval", peer_announce_interval,
                 "Seconds after which clients are told to announce again. Traffic is in inverse "
                 "proportion to it.",
                 Integers{1, 21600});
  schema.setting("peer_announce_jitter", peer_announce_jitter,
                 "Seconds: each answer adds a random part of them to the interval, so that "
                 "clients that came together (after a restart, say) spread out. 0 turns it off.",
                 Integers{0, 3600});
  schema.setting("max_payload_ipv4", max_payload_ipv4,
                 "Bytes of the longest answer over IPv4, without IP and UDP headers. Answers name "
                 "fewer peers rather than exceed it, so that they are not fragmented on the way. "
                 "1452 leaves room for PPPoE and tunnels below the usual 1500 bytes.",
                 payload);
  schema.setting("max_payload_ipv6", max_payload_ipv6,
                 "The same over IPv6. 1232 fits the 1280 bytes that every IPv6 link carries.",
                 payload);
  schema.setting("echo_lone_peer", echo_lone_peer,
                 "Tell a peer that is alone in its swarm of itself. Clients have no use for it, "
                 "but some checkers of tracker lists announce once and look for their own port.");
  schema.setting("connection_id_secret_path", connection_id_secret_path,
                 "File with the secret that connection ids are made with; it is created, readable "
                 "by its owner only, when it is missing. Ids then stay valid across a restart, "
                 "which spares all clients a new connect. Empty: a random secret per process.");
}

static void describe(config::Schema& schema, CleaningConfig& config) {
  auto& [torrent_cleaning_interval, max_connection_age, max_peer_age] = config;
  schema.setting("torrent_cleaning_interval", torrent_cleaning_interval,
                 "Seconds between two rounds that remove the peers which are too old and the "
                 "torrents that nobody is left in.",
                 Integers{1, 3600});
  schema.setting("max_connection_age", max_connection_age,
                 "Seconds that a connection id is accepted for. BEP 15 asks for two minutes, but "
                 "some clients keep an id for an hour and more, and each refusal costs two more "
                 "datagrams.",
                 Integers{4, 86400});
  schema.setting("max_peer_age", max_peer_age,
                 "Seconds after its last announce at which a peer is forgotten. It must be longer "
                 "than peer_announce_interval and peer_announce_jitter together; twice as long "
                 "forgives the loss of one announce.",
                 Integers{1, 21600});
}

static void describe(config::Schema& schema, LimitsConfig& config) {
  auto& [max_peers, max_torrents, max_peers_per_swarm, max_peers_per_address] = config;
  constexpr Integers count{.min = 0, .max = 4'000'000'000};
  schema.setting("max_peers", max_peers,
                 "Peers that are remembered at most, IPv4 and IPv6 together. When so many are "
                 "known, announces are still answered, but new peers are not told to others; the "
                 "last twentieth is kept for swarms with fewer than two peers. 0: what 70 % of "
                 "the memory of the machine, or of its cgroup, can hold.",
                 count);
  schema.setting("max_torrents", max_torrents,
                 "Torrents that are remembered at most; announces for others are answered "
                 "with no peers. 0: as memory allows.",
                 count);
  schema.setting(
      "max_peers_per_swarm", max_peers_per_swarm,
      "Peers of one torrent, for IPv4 and for IPv6. In a full swarm a new peer takes the "
      "place of the oldest one, that is of the one that has not announced for the "
      "longest time (in large swarms: of some at random). 0: a tenth of max_peers.",
      count);
  schema.setting(
      "max_peers_per_address", max_peers_per_address,
      "Peers with one IP address (over IPv6: in one /64) in a swarm. A new one takes the "
      "place of the oldest of that address. Addresses of the host itself "
      "(127.0.0.0/8, ::1) are not limited. 0 turns it off.",
      Integers{0, 1000});
}

void describe(config::Schema& schema, Config& config) {
  auto& [socket_workers, log_level, network, protocol, cleaning, limits, metrics, privileges,
         access_list] = config;
  schema.setting("socket_workers", socket_workers,
                 "Threads that serve requests, each with sockets of its own; 0 starts one per CPU "
                 "core.",
                 Integers{0, 1024});
  config::describe_log_level(schema, log_level);
  schema.section("network", network, "Where the tracker listens, and what its sockets hold.");
  schema.section("protocol", protocol, "What clients are told.");
  schema.section("cleaning", cleaning, "How long what clients have told is remembered.");
  schema.section("limits", limits,
                 "What is remembered at most, whatever clients send: the tracker's memory.");
  config::describe_section(schema, metrics);
  config::describe_section(schema, privileges);
  config::describe_section(schema, access_list);
}

// Two sockets of one program on one port: the kernel would refuse the second, and its message would
// blame another program. Port 0 is a new port each time.
static bool collide(const SocketAddress& a, const SocketAddress& b) {
  if (a.port != b.port || a.port == 0 || a.family() != b.family()) return false;
  return a == b || a.is_wildcard() || b.is_wildcard();
}

static void add_collisions_within(const config::AddressList& addresses, std::string_view key,
                                  std::vector<std::string>& problems) {
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!collide(addresses[i], addresses[j])) continue;
      problems.push_back(fmt::format("network.{}: {} is covered by {} already; remove one of them",
                                     key, to_string(addresses[i]), to_string(addresses[j])));
    }
  }
}

static void add_address_collisions(const NetworkConfig& network,
                                   std::vector<std::string>& problems) {
  if (network.use_ipv4) add_collisions_within(network.address_ipv4, "address_ipv4", problems);
  if (network.use_ipv6) add_collisions_within(network.address_ipv6, "address_ipv6", problems);
  if (!network.use_ipv4 || !network.use_ipv6 || network.set_only_ipv6) return;
  for (const SocketAddress& ipv6 : network.address_ipv6) {
    for (const SocketAddress& ipv4 : network.address_ipv4) {
      if (!ipv6.is_wildcard() || ipv4.port != ipv6.port || ipv4.port == 0) continue;
      problems.push_back(
          fmt::format("network.set_only_ipv6: false, so {} takes the datagrams of {} too; set "
                      "use_ipv4 to false "
                      "or use another port",
                      to_string(ipv6), to_string(ipv4)));
    }
  }
}

std::vector<std::string> validate(const Config& config) {
  std::vector<std::string> problems;
  const NetworkConfig& network = config.network;
  if (!network.use_ipv4 && !network.use_ipv6) {
    problems.emplace_back(
        "network.use_ipv4: false, as is use_ipv6: nobody could be served; "
        "set one of them to true");
  }
  if (network.use_ipv4 && network.address_ipv4.empty()) {
    problems.emplace_back(
        "network.address_ipv4: lists no address; name one, or set use_ipv4 to "
        "false");
  }
  if (network.use_ipv6 && network.address_ipv6.empty()) {
    problems.emplace_back(
        "network.address_ipv6: lists no address; name one, or set use_ipv6 to "
        "false");
  }
  add_address_collisions(network, problems);
  const Seconds longest_interval =
      config.protocol.peer_announce_interval + config.protocol.peer_announce_jitter;
  if (longest_interval >= config.cleaning.max_peer_age) {
    problems.push_back(fmt::format(
        "cleaning.max_peer_age: {} s, but clients are told to announce every {} s "
        "(peer_announce_interval + peer_announce_jitter) at the latest, so peers would be "
        "forgotten in between; raise it above that, or shorten the interval",
        config.cleaning.max_peer_age, longest_interval));
  }
  return problems;
}

const config::ProgramInfo& program_info() {
  static constexpr config::ProgramInfo info{
      .name = "gyre_udp",
      .version = GYRE_VERSION,
      .summary =
          "A BitTorrent tracker for the UDP protocol (BEP 15), on io_uring. It tells those "
          "who share a torrent of each other, over IPv4 and IPv6, and keeps all that it "
          "knows in memory. Without a file it listens on port 3000 of every address.",
      .override_example = "GYRE_SOCKET_WORKERS=2"};
  return info;
}

}  // namespace gyre::udp
