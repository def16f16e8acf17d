#include "common/config/proxies.hpp"

#include "common/net/network_list.hpp"

namespace gyre::config {

void describe_proxy(Schema& schema, ProxyConfig& config, std::string_view behind_proxy_text) {
  auto& [runs_behind_reverse_proxy, reverse_proxy_ip_header_name, reverse_proxy_ip_header_format,
         trusted_networks, proxy_protocol] = config;
  schema.setting("runs_behind_reverse_proxy", runs_behind_reverse_proxy, behind_proxy_text);
  schema.setting("reverse_proxy_ip_header_name", reverse_proxy_ip_header_name,
                 "Name of that header, case-insensitive, such as X-Forwarded-For, X-Real-IP, "
                 "CF-Connecting-IP or Forwarded.",
                 Text::not_empty);
  schema.setting(
      "reverse_proxy_ip_header_format", reverse_proxy_ip_header_format, address_format_names,
      "\"last_address\": a list to which each proxy appends an address "
      "(X-Forwarded-For); the client is the last one outside trusted_networks. "
      "\"single_address\": one address (X-Real-IP, CF-Connecting-IP). \"forwarded\": the "
      "syntax of RFC 7239 (Forwarded).");
  schema.setting(
      "trusted_networks", trusted_networks,
      "Networks that the proxies connect from, such as \"10.0.0.0/8\" or \"2001:db8::1\". "
      "Anything that connects from there can claim any client address.");
  schema.setting("proxy_protocol", proxy_protocol,
                 "Expect the PROXY protocol's preamble (version 1 or 2), as sent by haproxy and "
                 "load balancers, at the start of every connection, on all addresses and unix "
                 "sockets. The client's address is taken from it. Connections without it are "
                 "closed, and so are those from outside trusted_networks.");
}

void add_proxy_problems(const ProxyConfig& proxy, std::vector<std::string>& problems) {
  const auto networks = net::NetworkList::parse(proxy.trusted_networks);
  if (!networks) problems.push_back("network.trusted_networks: " + networks.error());
  if ((proxy.runs_behind_reverse_proxy || proxy.proxy_protocol) && proxy.trusted_networks.empty()) {
    problems.emplace_back(
        "network.trusted_networks: empty, so no proxy would be trusted; list the "
        "networks that proxies connect from, or set runs_behind_reverse_proxy and proxy_protocol "
        "to false");
  }
}

}  // namespace gyre::config
