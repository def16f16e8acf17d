#include "common/config/network.hpp"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

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

void add_shared_ports(const NetworkConfig& network, std::vector<std::string>& problems) {
  for (const net::SocketAddress& tls : network.tls.tls_addresses) {
    const bool is_ipv4 = tls.family() == Family::ipv4;
    if (!(is_ipv4 ? network.use_ipv4 : network.use_ipv6)) continue;
    for (const auto& address : is_ipv4 ? network.address_ipv4 : network.address_ipv6) {
      if (!collide(tls, address)) continue;
      problems.push_back(fmt::format(
          "network.tls_addresses: {} is already in use by address_ipv4 or address_ipv6, "
          "as {}; use another port",
          to_string(tls), to_string(address)));
    }
  }
}

void add_listening_problems(const NetworkConfig& config, std::vector<std::string>& problems) {
  if (!config.use_ipv4 && !config.use_ipv6 && config.unix_sockets.empty() &&
      config.tls.tls_addresses.empty()) {
    problems.emplace_back(
        "network.use_ipv4: false, as is use_ipv6, and unix_sockets is empty: there is "
        "nothing to listen on; set one of them");
  }
  add_missing_addresses(config, problems);
  add_address_collisions(config, "connections", problems);
  add_shared_ports(config, problems);
}

}  // namespace

bool collide(const net::SocketAddress& a, const net::SocketAddress& b) {
  if (a.port != b.port || a.port == 0 || a.family() != b.family()) return false;
  return a == b || a.is_wildcard() || b.is_wildcard();
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

void describe_listening(Schema& schema, NetworkConfig& config, const ListeningTexts& texts) {
  auto& [use_ipv4, use_ipv6, address_ipv4, address_ipv6, set_only_ipv6, unix_sockets,
         unix_socket_mode, tcp_backlog, tls, proxy, ring_size] = config;
  describe_use_families(schema, use_ipv4, use_ipv6);
  schema.setting("address_ipv4", address_ipv4, texts.address_ipv4, Family::ipv4);
  describe_address_ipv6(schema, address_ipv6);
  schema.setting("set_only_ipv6", set_only_ipv6,
                 "Accept IPv6 only on the IPv6 sockets (IPV6_V6ONLY). If false, a socket on [::] "
                 "accepts IPv4 connections as well, whose clients count as IPv4 peers; then set "
                 "use_ipv4 to false.");
  schema.setting("unix_sockets", unix_sockets, texts.unix_sockets);
  schema.setting("unix_socket_mode", unix_socket_mode,
                 "Permissions of the unix sockets, in octal: who may write may connect. With "
                 "drop_privileges they belong to the user and group switched to; so add the "
                 "proxy's user to that group.");
  schema.setting("tcp_backlog", tcp_backlog,
                 "Connections that may wait to be accepted, per worker and address. The kernel "
                 "caps it at the sysctl net.core.somaxconn.",
                 Integers{1, 65535});
  describe_tls(schema, tls, texts.enable_tls, texts.tls_addresses);
}

void add_address_collisions(const NetworkConfig& network, std::string_view traffic,
                            std::vector<std::string>& problems) {
  if (network.use_ipv4) add_collisions_within(network.address_ipv4, "address_ipv4", problems);
  if (network.use_ipv6) add_collisions_within(network.address_ipv6, "address_ipv6", problems);
  if (!network.use_ipv4 || !network.use_ipv6 || network.set_only_ipv6) return;
  for (const net::SocketAddress& ipv6 : network.address_ipv6) {
    for (const net::SocketAddress& ipv4 : network.address_ipv4) {
      if (!ipv6.is_wildcard() || ipv4.port != ipv6.port || ipv4.port == 0) continue;
      problems.push_back(fmt::format(
          "network.set_only_ipv6: false, so {} receives the {} of {} too; set use_ipv4 to "
          "false or use another port",
          to_string(ipv6), traffic, to_string(ipv4)));
    }
  }
}

void add_missing_addresses(const NetworkConfig& network, std::vector<std::string>& problems) {
  if (network.use_ipv4 && network.address_ipv4.empty()) {
    problems.emplace_back("network.address_ipv4: empty; list an address, or set use_ipv4 to false");
  }
  if (network.use_ipv6 && network.address_ipv6.empty()) {
    problems.emplace_back("network.address_ipv6: empty; list an address, or set use_ipv6 to false");
  }
}

NetworkConfig listening_on(std::uint16_t port) {
  return {.address_ipv4 = {{Ipv4Address{}, port}},
          .address_ipv6 = {{Ipv6Address{}, port}},
          .unix_sockets = {},
          .tls = {},
          .proxy = {}};
}

std::optional<unsigned> socket_mode(const NetworkConfig& network) {
  constexpr unsigned mode_max = 0777;
  const std::string& text = network.unix_socket_mode;
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  const bool is_mode = error == std::errc{} && end == text.data() + text.size();
  return is_mode && mode <= mode_max ? std::optional(mode) : std::nullopt;
}

std::size_t tcp_address_count(const NetworkConfig& network) {
  return (network.use_ipv4 ? network.address_ipv4.size() : 0) +
         (network.use_ipv6 ? network.address_ipv6.size() : 0) + network.tls.tls_addresses.size();
}

bool wants_tls(const NetworkConfig& network) {
  return !network.tls.tls_addresses.empty() ||
         (network.tls.enable_tls && (network.use_ipv4 || network.use_ipv6));
}

void add_stream_problems(const NetworkConfig& network, std::vector<std::string>& problems) {
  add_listening_problems(network, problems);
  const bool knows_clients =
      network.proxy.runs_behind_reverse_proxy || network.proxy.proxy_protocol;
  if (!network.unix_sockets.empty() && !knows_clients) {
    problems.emplace_back(
        "network.unix_sockets: clients have no address there; set "
        "runs_behind_reverse_proxy or proxy_protocol, so that the proxy provides it");
  }
  if (!socket_mode(network)) {
    problems.push_back(
        fmt::format("network.unix_socket_mode: \"{}\" is not a mode; write three or four octal "
                    "digits, such as \"0660\"",
                    network.unix_socket_mode));
  }
  if (wants_tls(network)) add_tls_problems(network.tls, problems);
  add_proxy_problems(network.proxy, problems);
}

}  // namespace gyre::config
