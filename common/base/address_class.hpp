// How far an address can be reached, which decides to whom a peer is returned and whose requests
// are limited. Pure functions of the address.
//
// An IPv6 address that contains an IPv4 address is judged by that: IPv4-mapped addresses as the
// IPv4 address itself; tunnels (Teredo, 6to4) are public if their end is, and otherwise lead
// nowhere. The networks for documentation and benchmarks (RFC 5737, RFC 2544, RFC 3849) count as
// public: nobody is there but tests.
#pragma once

#include <cstdint>

#include "common/base/bytes.hpp"
#include "common/base/types.hpp"

namespace gyre {

enum class AddressClass : std::uint8_t {
  unroutable,  // nobody's: 0.0.0.0/8, 224.0.0.0/3; ::, ::/96, 100::/8, ff00::/8
  loopback,    // 127.0.0.0/8; ::1
  // Inside of a network: 10.0.0.0/8, 100.64.0.0/10 (carrier-grade NAT), 169.254.0.0/16,
  // 172.16.0.0/12, 192.168.0.0/16; fc00::/7, fe80::/10, fec0::/10, 64:ff9b::/32 (NAT64),
  // 200::/7 (Yggdrasil).
  private_,
  public_,
};

inline bool is_loopback(Ipv4Address address) {
  return address.bytes[0] == std::byte{127};
}
inline bool is_loopback(const Ipv6Address& address) {
  return load_be<std::uint64_t>(address.bytes.data()) == 0 &&
         load_be<std::uint64_t>(address.bytes.data() + 8) == 1;
}

AddressClass address_class(Ipv4Address address);
AddressClass address_class(const Ipv6Address& address);
AddressClass address_class(const ClientAddress& address);

}  // namespace gyre
