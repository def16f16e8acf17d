#include "common/config/stream_settings.hpp"

#include <fmt/format.h>

#include "common/config/tracker_settings.hpp"
#include "common/net/network_list.hpp"

namespace gyre::config {
namespace {

void describe_tls(Schema& schema, TlsConfig& config, const ListeningTexts& texts) {
  auto& [enable_tls, tls_addresses, tls_certificate_path, tls_private_key_path,
         tls_ticket_lifetime] = config;
  schema.setting("enable_tls", enable_tls, texts.enable_tls);
  schema.setting("tls_addresses", tls_addresses, texts.tls_addresses);
  schema.setting("tls_certificate_path", tls_certificate_path,
                 "PEM file with the server's certificate, followed by its chain "
                 "(\"fullchain.pem\"). Or a list of files: the host name in the TLS handshake "
                 "(SNI) selects one, and the first is the default. Reloaded on SIGHUP or "
                 "SIGUSR1, and when a file changes; if the new files are invalid, the old "
                 "certificate stays in use. scripts/gen-tls.sh makes one for tests.");
  schema.setting("tls_private_key_path", tls_private_key_path,
                 "PEM file with the certificate's private key, unencrypted: PKCS#8, PKCS#1 or "
                 "SEC1. Or a list with one key per certificate. It is first read before "
                 "privileges are dropped; to reload renewed files, the user switched to must be "
                 "able to read key and certificate (documents/operating.md).");
  schema.setting("tls_ticket_lifetime", tls_ticket_lifetime,
                 "Seconds during which a client can resume its TLS session with a ticket, which "
                 "saves most of the handshake. Ticket keys are kept in memory only and rotated "
                 "in the same interval. 0: no tickets.",
                 Integers{0, 86400});
}

void add_shared_ports(const ListeningConfig& listening, std::vector<std::string>& problems) {
  for (const net::SocketAddress& tls : listening.tls.tls_addresses) {
    const bool is_ipv4 = tls.family() == Family::ipv4;
    if (!(is_ipv4 ? listening.use_ipv4 : listening.use_ipv6)) continue;
    for (const auto& address : is_ipv4 ? listening.address_ipv4 : listening.address_ipv6) {
      if (!collide(tls, address)) continue;
      problems.push_back(fmt::format(
          "network.tls_addresses: {} is already in use by address_ipv4 or address_ipv6, "
          "as {}; use another port",
          to_string(tls), to_string(address)));
    }
  }
}

void add_listening_problems(const ListeningConfig& config, std::vector<std::string>& problems) {
  if (!config.use_ipv4 && !config.use_ipv6 && config.unix_sockets.empty() &&
      config.tls.tls_addresses.empty()) {
    problems.emplace_back(
        "network.use_ipv4: false, as is use_ipv6, and unix_sockets is empty: there is "
        "nothing to listen on; set one of them");
  }
  const Listening listening{.use_ipv4 = config.use_ipv4,
                            .use_ipv6 = config.use_ipv6,
                            .address_ipv4 = config.address_ipv4,
                            .address_ipv6 = config.address_ipv6,
                            .only_ipv6 = config.set_only_ipv6,
                            .traffic = "connections"};
  add_missing_addresses(listening, problems);
  add_address_collisions(listening, problems);
  add_shared_ports(config, problems);
}

void add_tls_problems(const TlsConfig& tls, std::vector<std::string>& problems) {
  if (tls.tls_certificate_path.empty()) {
    problems.emplace_back(
        "network.tls_certificate_path: empty, but TLS needs a certificate; set it, or "
        "set enable_tls to false and tls_addresses to []");
  } else if (tls.tls_certificate_path.size() != tls.tls_private_key_path.size()) {
    problems.push_back(
        fmt::format("network.tls_private_key_path: {} files, but tls_certificate_path has {}; each "
                    "certificate needs its key",
                    tls.tls_private_key_path.size(), tls.tls_certificate_path.size()));
  }
}

void add_proxy_problems(const ProxyConfig& proxy, std::vector<std::string>& problems) {
  const auto networks = net::NetworkList::parse(proxy.trusted_networks);
  if (!networks) problems.push_back("network.trusted_networks: " + networks.error());
  if (proxy.runs_behind_reverse_proxy && proxy.trusted_networks.empty()) {
    problems.emplace_back(
        "network.trusted_networks: empty, so no proxy would be trusted; list the "
        "networks that proxies connect from, or set runs_behind_reverse_proxy to false");
  }
}

}  // namespace

ListeningConfig listening_on(std::uint16_t port) {
  return {.address_ipv4 = {{Ipv4Address{}, port}},
          .address_ipv6 = {{Ipv6Address{}, port}},
          .unix_sockets = {},
          .tls = {}};
}

void describe_listening(Schema& schema, ListeningConfig& config, const ListeningTexts& texts) {
  auto& [use_ipv4, use_ipv6, address_ipv4, address_ipv6, set_only_ipv6, unix_sockets, tcp_backlog,
         tls] = config;
  describe_use_families(schema, use_ipv4, use_ipv6);
  schema.setting("address_ipv4", address_ipv4, texts.address_ipv4, Family::ipv4);
  describe_address_ipv6(schema, address_ipv6);
  schema.setting("set_only_ipv6", set_only_ipv6,
                 "Accept IPv6 only on the IPv6 sockets (IPV6_V6ONLY). If false, a socket on [::] "
                 "accepts IPv4 connections as well, whose clients count as IPv4 peers; then set "
                 "use_ipv4 to false.");
  schema.setting("unix_sockets", unix_sockets, texts.unix_sockets);
  schema.setting("tcp_backlog", tcp_backlog,
                 "Connections that may wait to be accepted, per worker and address. The kernel "
                 "caps it at the sysctl net.core.somaxconn.",
                 Integers{1, 65535});
  describe_tls(schema, tls, texts);
}

void describe_proxy(Schema& schema, ProxyConfig& config, std::string_view behind_proxy_text) {
  auto& [runs_behind_reverse_proxy, reverse_proxy_ip_header_name, reverse_proxy_ip_header_format,
         trusted_networks, proxy_protocol] = config;
  schema.setting("runs_behind_reverse_proxy", runs_behind_reverse_proxy, behind_proxy_text);
  schema.setting("reverse_proxy_ip_header_name", reverse_proxy_ip_header_name,
                 "Name of that header, case-insensitive, such as X-Forwarded-For, X-Real-IP, "
                 "CF-Connecting-IP or Forwarded.",
                 Text::not_empty);
  schema.setting(
      "reverse_proxy_ip_header_format", reverse_proxy_ip_header_format,
      "\"last_address\": a list to which each proxy appends an address "
      "(X-Forwarded-For); the client is the last one outside trusted_networks. "
      "\"single_address\": one address (X-Real-IP, CF-Connecting-IP). \"forwarded\": the "
      "syntax of RFC 7239 (Forwarded).");
  schema.setting(
      "trusted_networks", trusted_networks,
      "Networks that the proxies connect from, such as \"10.0.0.0/8\" or \"2001:db8::1\". "
      "Anything that connects from there can claim any client address.");
  schema.setting("proxy_protocol", proxy_protocol,
                 "Expect the PROXY protocol's header (version 1 or 2), as sent by haproxy and "
                 "load balancers, at the start of every connection, on all addresses and unix "
                 "sockets. The client's address is taken from it; connections without it are "
                 "closed. Only for ports that nothing but the proxy can reach.");
}

void describe_handshake_deadline(Schema& schema, Seconds& handshake) {
  schema.setting("handshake", handshake,
                 "Seconds from accepting a connection to the end of its TLS handshake or PROXY "
                 "protocol header.",
                 deadline_range);
}

void describe_request_deadline(Schema& schema, Seconds& request) {
  schema.setting("request", request,
                 "Seconds from the first to the last byte of a request, and from accepting a "
                 "connection to its first request.",
                 deadline_range);
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

std::size_t tcp_address_count(const ListeningConfig& listening) {
  return (listening.use_ipv4 ? listening.address_ipv4.size() : 0) +
         (listening.use_ipv6 ? listening.address_ipv6.size() : 0) +
         listening.tls.tls_addresses.size();
}

bool wants_tls(const ListeningConfig& listening) {
  return !listening.tls.tls_addresses.empty() ||
         (listening.tls.enable_tls && (listening.use_ipv4 || listening.use_ipv6));
}

void add_stream_problems(const ListeningConfig& listening, const ProxyConfig& proxy,
                         std::vector<std::string>& problems) {
  add_listening_problems(listening, problems);
  const bool knows_clients = proxy.runs_behind_reverse_proxy || proxy.proxy_protocol;
  if (!listening.unix_sockets.empty() && !knows_clients) {
    problems.emplace_back(
        "network.unix_sockets: clients have no address there; set "
        "runs_behind_reverse_proxy or proxy_protocol, so that the proxy provides it");
  }
  if (wants_tls(listening)) add_tls_problems(listening.tls, problems);
  add_proxy_problems(proxy, problems);
}

}  // namespace gyre::config
