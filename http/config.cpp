#include "http/config.hpp"

#include <fmt/format.h>

#include "common/config/cli.hpp"
#include "common/network_list.hpp"
#include "http/limits.hpp"

namespace gyre::http_tracker {

using config::Integers;
using config::Text;

// Found by Schema::section through argument-dependent lookup, hence not in the unnamed namespace.
static void describe(config::Schema& schema, TlsConfig& config) {
  auto& [enable_tls, tls_addresses, tls_certificate_path, tls_private_key_path,
         tls_ticket_lifetime] = config;
  schema.setting("enable_tls", enable_tls,
                 "Speak HTTPS instead of HTTP on all of address_ipv4 and address_ipv6.");
  schema.setting("tls_addresses", tls_addresses,
                 "Further addresses, IPv4 or IPv6, that speak HTTPS whatever enable_tls says: "
                 "[\"0.0.0.0:443\", \"[::]:443\"] beside HTTP on port 80.");
  schema.setting("tls_certificate_path", tls_certificate_path,
                 "File with the server's certificate and then those that vouch for it, in PEM "
                 "(\"fullchain.pem\"); or a list of files, from which the host name that a client "
                 "asks for (SNI) chooses, the first being for all others. Read again upon SIGHUP "
                 "or SIGUSR1, and when a file changes; if the new ones do not fit, those in force "
                 "stay. scripts/gen-tls.sh makes one for tests.");
  schema.setting("tls_private_key_path", tls_private_key_path,
                 "File with that certificate's private key, in PEM and not encrypted: PKCS#8, "
                 "PKCS#1 or SEC1; a list of as many as there are certificates. It must be readable "
                 "when privileges have been dropped, so that it can be read again.");
  schema.setting("tls_ticket_lifetime", tls_ticket_lifetime,
                 "Seconds for which a client can take up its TLS session again by a ticket, which "
                 "spares it and the tracker most of a handshake. The keys of tickets live in "
                 "memory and change as often. 0: no tickets.",
                 Integers{0, 86400});
}

static void describe(config::Schema& schema, ProxyConfig& config) {
  auto& [runs_behind_reverse_proxy, reverse_proxy_ip_header_name, reverse_proxy_ip_header_format,
         trusted_networks, proxy_protocol] = config;
  schema.setting("runs_behind_reverse_proxy", runs_behind_reverse_proxy,
                 "Take clients' addresses from a header that a proxy adds, if the connection comes "
                 "from trusted_networks or by a unix socket. Others are known by the address that "
                 "they connect from. A trusted proxy that sends no such header, or no address in "
                 "it, gets a failure reason that says so.");
  schema.setting("reverse_proxy_ip_header_name", reverse_proxy_ip_header_name,
                 "Name of that header, in any case: X-Forwarded-For, X-Real-IP, CF-Connecting-IP "
                 "or Forwarded, say.",
                 Text::not_empty);
  schema.setting("reverse_proxy_ip_header_format", reverse_proxy_ip_header_format,
                 "\"last_address\": a list of addresses, to which each proxy appends one "
                 "(X-Forwarded-For); the last that is not in trusted_networks is the client. "
                 "\"single_address\": one address (X-Real-IP, CF-Connecting-IP). \"forwarded\": "
                 "as RFC 7239 has it (Forwarded).");
  schema.setting("trusted_networks", trusted_networks,
                 "Networks that proxies connect from, such as \"10.0.0.0/8\" or \"2001:db8::1\". "
                 "Whoever connects from there can say to be anybody.");
  schema.setting("proxy_protocol", proxy_protocol,
                 "Every connection, on all addresses and unix sockets, begins with the header of "
                 "the PROXY protocol (version 1 or 2), as haproxy and load balancers send it, and "
                 "its address is the client's. Connections without it are closed. Only for ports "
                 "that nobody but the proxy can reach.");
}

static void describe(config::Schema& schema, NetworkConfig& config) {
  auto& [use_ipv4, use_ipv6, address_ipv4, address_ipv6, set_only_ipv6, unix_sockets, tcp_backlog,
         tls, keep_alive, proxy, ring_size] = config;
  config::describe_use_families(schema, use_ipv4, use_ipv6);
  schema.setting("address_ipv4", address_ipv4,
                 "IPv4 address and port to listen on, or a list of them: "
                 "[\"192.0.2.1:80\", \"192.0.2.2:80\"]. 0.0.0.0 stands for all of the host. They "
                 "speak HTTP, or HTTPS if enable_tls says so.",
                 Family::ipv4);
  config::describe_address_ipv6(schema, address_ipv6);
  schema.setting("set_only_ipv6", set_only_ipv6,
                 "Keep IPv4 away from the IPv6 sockets (IPV6_V6ONLY). If false, a socket on [::] "
                 "takes IPv4 connections too, and those who open them count as IPv4 peers; set "
                 "use_ipv4 to false then.");
  schema.setting("unix_sockets", unix_sockets,
                 "Paths of unix sockets to listen on, for a proxy on the same host. They speak "
                 "HTTP, never TLS. Who is behind the proxy is known by its header or by the PROXY "
                 "protocol only: see runs_behind_reverse_proxy and proxy_protocol.");
  schema.setting("tcp_backlog", tcp_backlog,
                 "Connections that may wait to be accepted, for each worker and address. The "
                 "kernel grants no more than the sysctl net.core.somaxconn.",
                 Integers{1, 65535});
  describe(schema, tls);
  schema.setting("keep_alive", keep_alive,
                 "Leave connections open after an answer, for the client's next request. If "
                 "false, every answer says \"Connection: close\".");
  describe(schema, proxy);
  schema.setting("ring_size", ring_size,
                 "Answers of a worker that can be on their way at once; half as many receive "
                 "buffers are shared by all its connections. Connections that wait for a request "
                 "hold none of them. Rounded up to a power of two.",
                 Integers{16, 16384});
}

static void describe(config::Schema& schema, ProtocolConfig& config) {
  auto& [max_scrape_torrents, max_response_peers, peer_announce_interval, peer_announce_jitter,
         min_announce_interval, min_scrape_interval, peers_of_both_families, allow_non_compact,
         external_ip, echo_lone_peer, refusal, warning_message, tracker_id] = config;
  schema.setting("max_scrape_torrents", max_scrape_torrents,
                 "Torrents that one scrape is answered for; the rest of a longer request is "
                 "ignored.",
                 Integers{1, scrape_hashes_max});
  schema.setting("max_response_peers", max_response_peers,
                 "Peers that one announce is answered with at most, of both families together. "
                 "Clients ask for 50 to 200.",
                 Integers{1, response_peers_max});
  config::describe_announce_interval(schema, peer_announce_interval, peer_announce_jitter);
  schema.setting("min_announce_interval", min_announce_interval,
                 "Seconds that clients are told to leave between two announces at least, however "
                 "much they want peers (\"min interval\"). Nobody is refused for coming sooner.",
                 Integers{0, 21600});
  schema.setting("min_scrape_interval", min_scrape_interval,
                 "The same for scrapes (\"min_request_interval\").", Integers{0, 21600});
  schema.setting("peers_of_both_families", peers_of_both_families,
                 "Whether an answer has peers of the family that the client did not come by, too: "
                 "\"never\"; \"if_announced\": to clients who say that they have such an address "
                 "(ip=, ipv4=, ipv6=); \"always\". A client is always a peer of the family that it "
                 "came by.");
  schema.setting("allow_non_compact", allow_non_compact,
                 "Send peers as a list of dictionaries to clients who ask for that (compact=0); it "
                 "is ten times as long. If false they get compact peers as all others, which "
                 "clients of this century understand.");
  schema.setting("external_ip", external_ip,
                 "Tell clients the address that they come from (BEP 24).");
  config::describe_echo_lone_peer(schema, echo_lone_peer);
  schema.setting("refusal", refusal,
                 "What clients are told whose torrent the access list does not allow. "
                 "\"failure_reason\": why. \"retry_in_never\": the same, and that they need not "
                 "come again (BEP 31). \"gone\": HTTP status 410, which some clients read alike.");
  schema.setting("warning_message", warning_message,
                 "Text that clients show to their users, with each announce; empty: none. At most "
                 "256 bytes.");
  schema.setting("tracker_id", tracker_id,
                 "Text that clients send back with their next announces (\"tracker id\"); this "
                 "tracker has no use for it. Empty: none. At most 256 bytes.");
}

static void describe(config::Schema& schema, FullScrapeConfig& config) {
  auto& [enabled, interval, responses_per_interval] = config;
  schema.setting("enabled", enabled,
                 "Answer scrapes that name no torrent with a list of all torrents. It is sent "
                 "compressed (zstd, gzip) to those who ask for that; it takes 80 bytes for each "
                 "torrent otherwise.");
  schema.setting("interval", interval,
                 "Seconds after which the list is made anew, sooner in the first minutes. It takes "
                 "32 bytes of memory for each torrent, twice that while the next one is made.",
                 Integers{1, 86400});
  schema.setting("responses_per_interval", responses_per_interval,
                 "How often the list is sent in that time; who comes later is asked to come again.",
                 Integers{1, 1'000'000});
}

static void describe(config::Schema& schema, CleaningConfig& config) {
  auto& [torrent_cleaning_interval, max_peer_age] = config;
  config::describe_cleaning_interval(schema, torrent_cleaning_interval);
  config::describe_max_peer_age(schema, max_peer_age);
}

static void describe(config::Schema& schema, LimitsConfig& config) {
  auto& [swarms, max_connections, max_connections_per_address] = config;
  describe(schema, swarms);
  schema.setting("max_connections", max_connections,
                 "Connections that are open at most, the workers having equal shares. A new one "
                 "takes the place of the one that has waited longest for a request. One that "
                 "waits takes less than 1 KiB of memory, with TLS 6 KiB (or 66 KiB with the "
                 "distribution's wolfSSL: see scripts/build-wolfssl.sh), and the kernel's part. "
                 "Open files must be allowed as many (ulimit -n, LimitNOFILE=).",
                 Integers{16, 10'000'000});
  schema.setting("max_connections_per_address", max_connections_per_address,
                 "Connections that one IP address (over IPv6: one /64) may have open; further ones "
                 "are closed at once. 0 turns it off, which is right behind a proxy, and with "
                 "clients that share an address with many others.",
                 Integers{0, 1'000'000});
}

static void describe(config::Schema& schema, DeadlinesConfig& config) {
  auto& [handshake, request, idle, write, farewell] = config;
  constexpr Integers seconds{.min = 1, .max = 3600};
  schema.setting("handshake", handshake,
                 "Seconds from the connection to the end of the TLS handshake, or of the PROXY "
                 "protocol's header.",
                 seconds);
  schema.setting("request", request,
                 "Seconds from the first byte of a request to its last, and from the connection to "
                 "its first request.",
                 seconds);
  schema.setting("idle", idle,
                 "Seconds that a connection may wait for its next request after an answer.",
                 seconds);
  schema.setting("write", write, "Seconds that a client may take to receive an answer.", seconds);
  schema.setting("farewell", farewell,
                 "Seconds that the tracker waits for the client's end of a connection after its "
                 "last answer.",
                 seconds);
}

void describe(config::Schema& schema, Config& config) {
  auto& [socket_workers, log_level, network, protocol, full_scrape, cleaning, limits, deadlines,
         metrics, privileges, access_list] = config;
  config::describe_socket_workers(schema, socket_workers);
  config::describe_log_level(schema, log_level);
  schema.section("network", network, "Where the tracker listens, and what its sockets hold.");
  schema.section("protocol", protocol, "What clients are told.");
  schema.section("full_scrape", full_scrape, "A list of all torrents, for those who ask.");
  schema.section("cleaning", cleaning, "How long what clients have told is remembered.");
  schema.section("limits", limits, config::limits_text);
  schema.section("deadlines", deadlines,
                 "How long clients may take; a connection is closed after that.");
  config::describe_section(schema, metrics);
  config::describe_section(schema, privileges);
  config::describe_section(schema, access_list);
}

static void add_listening_problems(const Config& config, std::vector<std::string>& problems) {
  const NetworkConfig& network = config.network;
  const bool has_tls_addresses = !config.network.tls.tls_addresses.empty();
  if (!network.use_ipv4 && !network.use_ipv6 && network.unix_sockets.empty() &&
      !has_tls_addresses) {
    problems.emplace_back(
        "network.use_ipv4: false, as is use_ipv6, and there are no unix_sockets: nobody could be "
        "served; set one of them");
  }
  const config::Listening listening{.use_ipv4 = network.use_ipv4,
                                    .use_ipv6 = network.use_ipv6,
                                    .address_ipv4 = network.address_ipv4,
                                    .address_ipv6 = network.address_ipv6,
                                    .only_ipv6 = network.set_only_ipv6,
                                    .traffic = "connections"};
  config::add_missing_addresses(listening, problems);
  config::add_address_collisions(listening, problems);
  for (const SocketAddress& tls : config.network.tls.tls_addresses) {
    const bool used = tls.family() == Family::ipv4 ? network.use_ipv4 : network.use_ipv6;
    const auto& plain = tls.family() == Family::ipv4 ? network.address_ipv4 : network.address_ipv6;
    for (const SocketAddress& address : plain) {
      if (!used || !config::collide(tls, address)) continue;
      problems.push_back(fmt::format(
          "network.tls_addresses: {} is among address_ipv4 and address_ipv6 already, as {}; "
          "use another port",
          to_string(tls), to_string(address)));
    }
  }
  const bool knows_clients =
      config.network.proxy.runs_behind_reverse_proxy || config.network.proxy.proxy_protocol;
  if (!network.unix_sockets.empty() && !knows_clients) {
    problems.emplace_back(
        "network.unix_sockets: clients have no address there; set runs_behind_reverse_proxy or "
        "proxy_protocol, so that the proxy says who they are");
  }
}

static void add_tls_problems(const TlsConfig& tls, std::vector<std::string>& problems) {
  if (tls.tls_certificate_path.empty()) {
    problems.emplace_back(
        "network.tls_certificate_path: names no file, but HTTPS needs a certificate; name one, or "
        "set "
        "enable_tls to false and tls_addresses to []");
  } else if (tls.tls_certificate_path.size() != tls.tls_private_key_path.size()) {
    problems.push_back(fmt::format(
        "network.tls_private_key_path: names {} files where tls_certificate_path names {}; each "
        "certificate has a key",
        tls.tls_private_key_path.size(), tls.tls_certificate_path.size()));
  }
}

static void add_proxy_problems(const ProxyConfig& proxy, std::vector<std::string>& problems) {
  const auto networks = NetworkList::parse(proxy.trusted_networks);
  if (!networks) problems.push_back("network.trusted_networks: " + networks.error());
  if (proxy.runs_behind_reverse_proxy && proxy.trusted_networks.empty()) {
    problems.emplace_back(
        "network.trusted_networks: names no network, so no proxy would be believed; name where "
        "they connect from, or set runs_behind_reverse_proxy to false");
  }
}

static void add_too_long(std::string_view key, const std::string& text,
                         std::vector<std::string>& problems) {
  if (text.size() <= operator_text_size_max) return;
  problems.push_back(fmt::format("protocol.{}: {} bytes, {} are possible", key, text.size(),
                                 operator_text_size_max));
}

bool wants_tls(const Config& config) {
  const NetworkConfig& network = config.network;
  return !config.network.tls.tls_addresses.empty() ||
         (config.network.tls.enable_tls && (network.use_ipv4 || network.use_ipv6));
}

std::vector<std::string> validate(const Config& config) {
  std::vector<std::string> problems;
  add_listening_problems(config, problems);
  if (wants_tls(config)) add_tls_problems(config.network.tls, problems);
  add_proxy_problems(config.network.proxy, problems);
  const ProtocolConfig& protocol = config.protocol;
  if (protocol.min_announce_interval > protocol.peer_announce_interval) {
    problems.push_back(fmt::format(
        "protocol.min_announce_interval: {} s, but peer_announce_interval is {} s: clients would "
        "be told to come sooner than they may; lower it",
        protocol.min_announce_interval, protocol.peer_announce_interval));
  }
  add_too_long("warning_message", protocol.warning_message, problems);
  add_too_long("tracker_id", protocol.tracker_id, problems);
  config::add_too_short_peer_age(config.cleaning.max_peer_age,
                                 protocol.peer_announce_interval + protocol.peer_announce_jitter,
                                 problems);
  return problems;
}

const config::ProgramInfo& program_info() {
  static constexpr config::ProgramInfo info{
      .name = "gyre_http",
      .version = GYRE_VERSION,
      .summary =
          "A BitTorrent tracker for HTTP and HTTPS (BEP 3), on io_uring. It tells those "
          "who share a torrent of each other, over IPv4 and IPv6, and keeps all that it "
          "knows in memory. Without a file it listens on port 3000 of every address.",
      .override_example = "GYRE_SOCKET_WORKERS=2",
      .signals =
          "SIGTERM, SIGINT   stop: requests in hand are answered, then the program ends\n"
          "SIGHUP, SIGUSR1   read the access list and the certificates again"};
  return info;
}

}  // namespace gyre::http_tracker
