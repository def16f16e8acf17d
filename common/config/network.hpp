// [network]: the addresses that trackers listen on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/proxies.hpp"
#include "common/config/schema.hpp"
#include "common/config/tls.hpp"

namespace gyre::config {

void describe_use_families(Schema& schema, bool& use_ipv4, bool& use_ipv6);
void describe_address_ipv6(Schema& schema, AddressList& address_ipv6);

// Whether two sockets of one program cannot both be bound. Port 0 never collides.
bool collide(const net::SocketAddress& a, const net::SocketAddress& b);

// Where a tracker over TCP listens.
struct ListeningConfig {
  bool use_ipv4 = true;
  bool use_ipv6 = true;
  AddressList address_ipv4;
  AddressList address_ipv6;
  bool set_only_ipv6 = true;
  TextList unix_sockets;
  std::string unix_socket_mode = "0660";
  std::uint32_t tcp_backlog = 1024;
  TlsConfig tls;
  bool operator==(const ListeningConfig&) const = default;
};

// Each adds a "section.key: message" for each violated rule. Two sockets of one program on one
// port: the kernel would refuse the second, and its message would blame another program. `traffic`
// is "datagrams" or "connections".
void add_address_collisions(const ListeningConfig& listening, std::string_view traffic,
                            std::vector<std::string>& problems);

// A family that is enabled but has no address.
void add_missing_addresses(const ListeningConfig& listening, std::vector<std::string>& problems);

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

// The permissions that unix_socket_mode means; nullopt if it is not an octal number up to 0777.
std::optional<unsigned> socket_mode(const ListeningConfig& listening);

// The number of TCP addresses to listen on.
std::size_t tcp_address_count(const ListeningConfig& listening);
// Whether any address uses TLS.
bool wants_tls(const ListeningConfig& listening);

// Adds a "section.key: message" for each violated rule.
void add_stream_problems(const ListeningConfig& listening, const ProxyConfig& proxy,
                         std::vector<std::string>& problems);

}  // namespace gyre::config
