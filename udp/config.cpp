#include "udp/config.hpp"

#include "common/config/cleaning.hpp"
#include "common/config/cli.hpp"
#include "common/config/network.hpp"
#include "common/config/protocol.hpp"
#include "udp/limits.hpp"

namespace gyre::udp {

using config::Integers;

// Found by Schema::section through argument-dependent lookup, hence not in the unnamed namespace.
static void describe(config::Schema& schema, NetworkConfig& config) {
  auto& [use_ipv4, use_ipv6, address_ipv4, address_ipv6, set_only_ipv6, socket_recv_buffer_size,
         socket_send_buffer_size, ring_size, peer_addresses] = config;
  // The kernel doubles the value, in a signed 32-bit integer.
  constexpr Integers buffer_size{.min = 0, .max = (1 << 30) - 1};

  config::describe_use_families(schema, use_ipv4, use_ipv6);
  schema.setting("address_ipv4", address_ipv4,
                 "IPv4 address and port to listen on, or a list of them: [\"192.0.2.1:3000\", "
                 "\"192.0.2.2:3000\"]. 0.0.0.0 is every address of the host; responses leave from "
                 "the address that the request was sent to.",
                 Family::ipv4);
  config::describe_address_ipv6(schema, address_ipv6);
  schema.setting("set_only_ipv6", set_only_ipv6,
                 "Accept IPv6 only on the IPv6 sockets (IPV6_V6ONLY). If false, a socket on [::] "
                 "receives IPv4 datagrams as well, whose senders count as IPv4 peers; then set "
                 "use_ipv4 to false.");
  schema.setting("socket_recv_buffer_size", socket_recv_buffer_size,
                 "Size of each socket's receive buffer (SO_RCVBUF) in bytes; it holds requests "
                 "while the workers are busy. 0: the system's default. The kernel caps it at the "
                 "sysctl net.core.rmem_max.",
                 buffer_size);
  schema.setting("socket_send_buffer_size", socket_send_buffer_size,
                 "Size of each socket's send buffer (SO_SNDBUF) in bytes. 0: the system's "
                 "default. The kernel caps it at the sysctl net.core.wmem_max.",
                 buffer_size);
  schema.setting("ring_size", ring_size,
                 "Responses of a worker that can wait at the same time for space in a socket's "
                 "send buffer. Their memory is allocated at startup. Rounded up to a power of "
                 "two.",
                 Integers{16, 16384});
  config::describe(schema, peer_addresses,
                   "Networks, such as \"192.0.2.0/24\", whose clients may name the IPv4 address of "
                   "the peer in an announce (the IP address field of BEP 15); so may clients on "
                   "loopback. From all others the field is ignored.");
}

static void describe(config::Schema& schema, ProtocolConfig& config) {
  auto& [max_scrape_torrents, max_response_peers, peer_announce_interval, peer_announce_jitter,
         adaptive_interval, max_payload_ipv4, max_payload_ipv6, echo_lone_peer,
         connection_id_secret_path] = config;
  constexpr Integers payload{.min = 512, .max = response_size_max};

  schema.setting("max_scrape_torrents", max_scrape_torrents,
                 "Maximum number of torrents in one scrape; a longer request is cut. 74 is what "
                 "the protocol (BEP 15) allows.",
                 Integers{1, scrape_hashes_max});
  schema.setting("max_response_peers", max_response_peers,
                 "Maximum number of peers in one announce response. Clients ask for 50 to 200; "
                 "the default payload limits below allow 238 IPv4 and 67 IPv6 peers.",
                 Integers{1, response_peers_max});
  config::describe_announce_interval(schema, peer_announce_interval);
  config::describe_announce_jitter(schema, peer_announce_jitter);
  config::describe_adaptive_interval(schema, adaptive_interval, config::adaptive_interval_text);
  schema.setting("max_payload_ipv4", max_payload_ipv4,
                 "Maximum size of a response over IPv4 in bytes, without IP and UDP headers. "
                 "Responses contain fewer peers rather than exceed it, so that they are not "
                 "fragmented. 1452 leaves room for PPPoE and tunnels below the usual 1500 bytes.",
                 payload);
  schema.setting("max_payload_ipv6", max_payload_ipv6,
                 "The same for IPv6. 1232 fits the 1280 bytes that every IPv6 link carries.",
                 payload);
  config::describe_echo_lone_peer(schema, echo_lone_peer);
  schema.setting("connection_id_secret_path", connection_id_secret_path,
                 "File with the secret that connection ids are derived from. If it is missing, "
                 "it is created, readable by its owner only. It is read once, before privileges "
                 "are dropped. Ids then stay valid across a restart, which saves every client a "
                 "new connect. Empty: a random secret per process.");
}

void describe(config::Schema& schema, Config& config) {
  auto& [socket_workers, log_level, network, protocol, cleaning, max_connection_age, limits,
         metrics, privileges, access_list, deny] = config;
  config::describe_socket_workers(schema, socket_workers);
  config::describe_log_level(schema, log_level);
  schema.section("network", network, "Addresses to listen on, and socket settings.");
  schema.section("protocol", protocol, "Responses to clients.");
  schema.section("cleaning", config::cleaning_text, [&] {
    config::describe_cleaning_interval(schema, cleaning);
    schema.setting("max_connection_age", max_connection_age,
                   "Seconds during which a connection id is valid. BEP 15 recommends two minutes, "
                   "but some clients keep an id for an hour or more, and each rejection costs two "
                   "more datagrams.",
                   Integers{4, 86400});
    config::describe_max_peer_age(schema, cleaning);
  });
  schema.section("limits", limits, config::limits_text);
  config::describe_section(schema, metrics);
  config::describe_section(schema, privileges);
  config::describe_section(schema, access_list);
  config::describe_section(schema, deny, false);
}

std::vector<std::string> validate(const Config& config) {
  std::vector<std::string> problems;
  const NetworkConfig& network = config.network;
  if (!network.use_ipv4 && !network.use_ipv6) {
    problems.emplace_back(
        "network.use_ipv4: false, as is use_ipv6: there is nothing to listen on; set "
        "one of them to true");
  }
  const config::NetworkConfig listening{.use_ipv4 = network.use_ipv4,
                                        .use_ipv6 = network.use_ipv6,
                                        .address_ipv4 = network.address_ipv4,
                                        .address_ipv6 = network.address_ipv6,
                                        .set_only_ipv6 = network.set_only_ipv6,
                                        .unix_sockets = {},
                                        .tls = {},
                                        .proxy = {}};
  config::add_missing_addresses(listening, problems);
  config::add_address_collisions(listening, "datagrams", problems);
  config::add_peer_address_problems(network.peer_addresses, problems);
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
          "A BitTorrent tracker for UDP (BEP 15), IPv4 and IPv6, on io_uring. It keeps "
          "its swarms in memory. Without a configuration file it listens on port 3000 of "
          "every address.",
      .override_example = "GYRE_SOCKET_WORKERS=2"};
  return info;
}

}  // namespace gyre::udp
