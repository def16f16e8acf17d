// [network]: the addresses that trackers listen on, and the proxies in front of them.
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

// Where and how a tracker over TCP serves connections.
struct NetworkConfig {
  bool use_ipv4 = true;
  bool use_ipv6 = true;
  AddressList address_ipv4;
  AddressList address_ipv6;
  bool set_only_ipv6 = true;
  TextList unix_sockets;
  std::string unix_socket_mode = "0660";
  std::uint32_t tcp_backlog = 1024;
  TlsConfig tls;
  ProxyConfig proxy;
  std::uint32_t ring_size = 512;  // is rounded up to a power of two
  bool operator==(const NetworkConfig&) const = default;
};

// The texts that name a program's protocol. Literals, like all texts of a Schema.
struct ListeningTexts {
  std::string_view address_ipv4;
  std::string_view unix_sockets;
  std::string_view enable_tls;
  std::string_view tls_addresses;
};
// All settings but those of `proxy` and `ring_size`, whose texts are the program's own.
void describe_listening(Schema& schema, NetworkConfig& config, const ListeningTexts& texts);

// Each adds a "section.key: message" for each violated rule. Two sockets of one program on one
// port: the kernel would refuse the second, and its message would blame another program. `traffic`
// is "datagrams" or "connections".
void add_address_collisions(const NetworkConfig& network, std::string_view traffic,
                            std::vector<std::string>& problems);

// A family that is enabled but has no address.
void add_missing_addresses(const NetworkConfig& network, std::vector<std::string>& problems);

// All addresses of the host, on that port.
NetworkConfig listening_on(std::uint16_t port);

// The permissions that unix_socket_mode means; nullopt if it is not an octal number up to 0777.
std::optional<unsigned> socket_mode(const NetworkConfig& network);

// The number of TCP addresses to listen on.
std::size_t tcp_address_count(const NetworkConfig& network);
// Whether any address uses TLS.
bool wants_tls(const NetworkConfig& network);

// Adds a "section.key: message" for each violated rule.
void add_stream_problems(const NetworkConfig& network, std::vector<std::string>& problems);

}  // namespace gyre::config
