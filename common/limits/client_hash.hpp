// The key by which connections are counted and shared per client: an IPv4 address, or an IPv6 /64,
// since one subscriber has a whole /64. Clients without an address (unix sockets) count as one.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "common/base/sip_hash.hpp"
#include "common/base/types.hpp"

namespace gyre::limits {

// The first half of an IPv6 address, or an IPv4 address behind a prefix that no client has: 100::/8
// is reserved (RFC 4291 section 4).
inline std::uint64_t client_key(const ClientAddress& address) {
  std::uint64_t key = 0;
  if (const auto* ipv4 = std::get_if<Ipv4Address>(&address)) {
    key = 0x0001;  // the bytes 01 00, then zeros
    std::memcpy(reinterpret_cast<std::byte*>(&key) + 4, ipv4->bytes.data(), 4);
    return key;
  }
  std::memcpy(&key, std::get<Ipv6Address>(address).bytes.data(), sizeof key);
  return key;
}

// The same of its network: an IPv4 /24 or an IPv6 /48.
inline std::uint64_t network_of(std::uint64_t client_key) {
  constexpr std::uint64_t ipv4_prefix = 0x0001;
  const bool is_ipv4 = (client_key & 0xffff'ffff) == ipv4_prefix;
  return client_key & (~std::uint64_t{0} >> (is_ipv4 ? 8 : 16));
}

// The secret keeps clients from choosing addresses that collide.
inline std::uint64_t client_hash(std::uint64_t client_key, std::uint64_t secret) {
  return sip_hash<1, 3, sizeof client_key>(
      SipKey{secret, ~secret}, std::as_bytes(std::span<const std::uint64_t, 1>(&client_key, 1)));
}

// Shares are kept per bucket of clients. Their number is fixed, so an attacker with many addresses
// takes the share of at most as many others.
inline constexpr std::uint16_t client_bucket_count = 256;

inline std::uint16_t client_bucket(const std::optional<ClientAddress>& address,
                                   std::uint64_t secret) {
  const std::uint64_t hash = client_hash(address ? client_key(*address) : 0, secret);
  return static_cast<std::uint16_t>(hash % client_bucket_count);
}

}  // namespace gyre::limits
