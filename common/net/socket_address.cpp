#include "common/net/socket_address.hpp"

#include "common/base/numbers.hpp"

namespace gyre::net {

std::string to_string(const SocketAddress& address) {
  const std::string port = ":" + std::to_string(address.port);
  if (const auto* ipv4 = std::get_if<Ipv4Address>(&address.address)) return to_string(*ipv4) + port;
  return "[" + to_string(std::get<Ipv6Address>(address.address)) + "]" + port;
}

std::optional<SocketAddress> socket_address_from(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = number_from<std::uint16_t>(text.substr(colon + 1));
  if (!port) return std::nullopt;

  const std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    const auto ipv6 = ipv6_address_from(host.substr(1, host.size() - 2));
    if (!ipv6) return std::nullopt;
    return SocketAddress{*ipv6, *port};
  }
  const auto ipv4 = ipv4_address_from(host);
  if (!ipv4) return std::nullopt;
  return SocketAddress{*ipv4, *port};
}

}  // namespace gyre::net
