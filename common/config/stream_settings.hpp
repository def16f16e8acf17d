// Settings of the trackers over TCP (gyre_http, gyre_ws): listening, TLS, proxies, deadlines; with
// their texts, ranges and the rules between them. Values only; what acts on them is in
// common/tracker.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/types.hpp"
#include "common/config/schema.hpp"

namespace gyre::config {

// How a proxy's header contains the client's address.
enum class HeaderFormat : std::uint8_t { last_address, single_address, forwarded };
inline constexpr std::array<std::string_view, 3> header_format_names = {
    "last_address", "single_address", "forwarded"};
constexpr std::span<const std::string_view> names_of(HeaderFormat) {
  return header_format_names;
}

// Part of [network], under aquatic_http's names.
struct TlsConfig {
  bool enable_tls = false;
  AddressList tls_addresses;
  TextList tls_certificate_path;
  TextList tls_private_key_path;
  Seconds tls_ticket_lifetime = 7200;  // 0: no tickets
  bool operator==(const TlsConfig&) const = default;
};

struct ListeningConfig {
  bool use_ipv4 = true;
  bool use_ipv6 = true;
  AddressList address_ipv4;
  AddressList address_ipv6;
  bool set_only_ipv6 = true;
  TextList unix_sockets;
  std::uint32_t tcp_backlog = 1024;
  TlsConfig tls;
  bool operator==(const ListeningConfig&) const = default;
};

struct ProxyConfig {
  bool runs_behind_reverse_proxy = false;
  std::string reverse_proxy_ip_header_name = "X-Forwarded-For";
  HeaderFormat reverse_proxy_ip_header_format = HeaderFormat::last_address;
  TextList trusted_networks = {"127.0.0.0/8", "::1"};
  bool proxy_protocol = false;
  bool operator==(const ProxyConfig&) const = default;
};

// All addresses of the host, on that port.
ListeningConfig listening_on(std::uint16_t port);

// The texts that name a program's protocol. Literals, like all texts of a Schema.
struct ListeningTexts {
  std::string_view address_ipv4;
  std::string_view unix_sockets;
  std::string_view enable_tls;
  std::string_view tls_addresses;
};
void describe_listening(Schema& schema, ListeningConfig& config, const ListeningTexts& texts);

// The text is that of runs_behind_reverse_proxy, which says how mistakes are answered.
void describe_proxy(Schema& schema, ProxyConfig& config, std::string_view behind_proxy_text);

inline constexpr std::string_view deadlines_text =
    "How long clients may take before their connection is closed.";
inline constexpr Integers deadline_range{.min = 1, .max = 3600};

// Single settings, for sections that differ otherwise.
void describe_handshake_deadline(Schema& schema, Seconds& handshake);
void describe_request_deadline(Schema& schema, Seconds& request);
void describe_max_connections(Schema& schema, std::uint32_t& count, std::string_view text);
void describe_max_connections_per_address(Schema& schema, std::uint32_t& count);

// Adds a problem if there are too few for the workers.
void add_max_connections_problem(std::uint32_t max_connections, std::vector<std::string>& problems);

// The number of TCP addresses to listen on.
std::size_t tcp_address_count(const ListeningConfig& listening);
// Whether any address uses TLS.
bool wants_tls(const ListeningConfig& listening);

// Adds a "section.key: message" for each violated rule.
void add_stream_problems(const ListeningConfig& listening, const ProxyConfig& proxy,
                         std::vector<std::string>& problems);

}  // namespace gyre::config
