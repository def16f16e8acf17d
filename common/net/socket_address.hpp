// An address and port to bind or connect to, of either family, as the operator writes it. Numeric
// only: no host names, no interfaces ("%eth0").
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/types.hpp"

namespace gyre::net {

struct SocketAddress {
  std::variant<Ipv4Address, Ipv6Address> address{};
  std::uint16_t port = 0;  // host order

  Family family() const {
    return std::holds_alternative<Ipv4Address>(address) ? Family::ipv4 : Family::ipv6;
  }
  bool is_wildcard() const {
    return address == decltype(address){Ipv4Address{}} ||
           address == decltype(address){Ipv6Address{}};
  }
  auto operator<=>(const SocketAddress&) const = default;
};

std::string to_string(const SocketAddress& address);  // "10.0.0.1:3000", "[2001:db8::1]:3000"

// The inverse of to_string: "a.b.c.d:port" or "[IPv6]:port". The port is mandatory and decimal.
std::optional<SocketAddress> socket_address_from(std::string_view text);

}  // namespace gyre::net
