#include "common/net/socket_address.hpp"

#include <charconv>

namespace gyre::net {
namespace {

std::optional<std::uint16_t> port_from(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

}  // namespace

std::string to_string(const SocketAddress& address) {
  const std::string port = ":" + std::to_string(address.port);
  if (const auto* ipv4 = std::get_if<Ipv4Address>(&address.address)) return to_string(*ipv4) + port;
  return "[" + to_string(std::get<Ipv6Address>(address.address)) + "]" + port;
}

std::optional<SocketAddress> socket_address_from(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = port_from(text.substr(colon + 1));
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
