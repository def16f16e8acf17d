#include "udp/config.hpp"

#include "common/config/cli.hpp"
#include "udp/limits.hpp"

namespace gyre::udp {

using config::Integers;

// Found by Schema::section through argument-dependent lookup, hence not in the unnamed namespace.
static void describe(config::Schema& schema, NetworkConfig& config) {
  auto& [use_ipv4, use_ipv6, address_ipv4, address_ipv6, set_only_ipv6, socket_recv_buffer_size,
         socket_send_buffer_size, ring_size] = config;
  // The kernel doubles the value, in a signed 32-bit integer.
  constexpr Integers buffer_size{.min = 0, .max = (1 << 30) - 1};

  config::describe_use_families(schema, use_ipv4, use_ipv6);
  schema.setting("address_ipv4", address_ipv4,
                 "IPv4 address and port to listen on, or a list of them: "
                 "[\"192.0.2.1:3000\", \"192.0.2.2:3000\"]. 0.0.0.0 stands for all of the host; "
                 "answers always leave from the address that was asked.",
                 Family::ipv4);
  config::describe_address_ipv6(schema, address_ipv6);
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
  config::describe_announce_interval(schema, peer_announce_interval);
  config::describe_announce_jitter(schema, peer_announce_jitter);
  schema.setting("max_payload_ipv4", max_payload_ipv4,
                 "Bytes of the longest answer over IPv4, without IP and UDP headers. Answers name "
                 "fewer peers rather than exceed it, so that they are not fragmented on the way. "
                 "1452 leaves room for PPPoE and tunnels below the usual 1500 bytes.",
                 payload);
  schema.setting("max_payload_ipv6", max_payload_ipv6,
                 "The same over IPv6. 1232 fits the 1280 bytes that every IPv6 link carries.",
                 payload);
  config::describe_echo_lone_peer(schema, echo_lone_peer);
  schema.setting("connection_id_secret_path", connection_id_secret_path,
                 "File with the secret that connection ids are made with; it is created, readable "
                 "by its owner only, when it is missing. It is read once, before privileges are "
                 "dropped. Ids then stay valid across a restart, "
                 "which spares all clients a new connect. Empty: a random secret per process.");
}

static void describe(config::Schema& schema, CleaningConfig& config) {
  auto& [torrent_cleaning_interval, max_connection_age, max_peer_age] = config;
  config::describe_cleaning_interval(schema, torrent_cleaning_interval);
  schema.setting("max_connection_age", max_connection_age,
                 "Seconds that a connection id is accepted for. BEP 15 asks for two minutes, but "
                 "some clients keep an id for an hour and more, and each refusal costs two more "
                 "datagrams.",
                 Integers{4, 86400});
  config::describe_max_peer_age(schema, max_peer_age);
}

void describe(config::Schema& schema, Config& config) {
  auto& [socket_workers, log_level, network, protocol, cleaning, limits, metrics, privileges,
         access_list] = config;
  config::describe_socket_workers(schema, socket_workers);
  config::describe_log_level(schema, log_level);
  schema.section("network", network, "Where the tracker listens, and what its sockets hold.");
  schema.section("protocol", protocol, "What clients are told.");
  schema.section("cleaning", cleaning, "How long what clients have told is remembered.");
  schema.section("limits", limits, config::limits_text);
  config::describe_section(schema, metrics);
  config::describe_section(schema, privileges);
  config::describe_section(schema, access_list);
}

std::vector<std::string> validate(const Config& config) {
  std::vector<std::string> problems;
  const NetworkConfig& network = config.network;
  if (!network.use_ipv4 && !network.use_ipv6) {
    problems.emplace_back(
        "network.use_ipv4: false, as is use_ipv6: nobody could be served; "
        "set one of them to true");
  }
  const config::Listening listening{.use_ipv4 = network.use_ipv4,
                                    .use_ipv6 = network.use_ipv6,
                                    .address_ipv4 = network.address_ipv4,
                                    .address_ipv6 = network.address_ipv6,
                                    .only_ipv6 = network.set_only_ipv6,
                                    .traffic = "datagrams"};
  config::add_missing_addresses(listening, problems);
  config::add_address_collisions(listening, problems);
  config::add_too_short_peer_age(
      config.cleaning.max_peer_age,
      config.protocol.peer_announce_interval + config.protocol.peer_announce_jitter, problems);
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
