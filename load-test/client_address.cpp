#include "load-test/client_address.hpp"

#include <variant>

namespace gyre::load_test {

std::optional<Ipv4Address> loopback_client(const net::SocketAddress& server, std::uint32_t index) {
  const auto* address = std::get_if<Ipv4Address>(&server.address);
  if (address == nullptr || address->bytes[0] != std::byte{127}) return std::nullopt;
  const std::uint32_t host = 1 + index;
  return Ipv4Address{
      {std::byte{127}, {}, static_cast<std::byte>(host >> 8), static_cast<std::byte>(host)}};
}

std::vector<std::optional<net::SocketName>> client_sources(const net::SocketAddress& server,
                                                           std::uint32_t count) {
  std::vector<std::optional<net::SocketName>> sources;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto address = loopback_client(server, i);
    sources.push_back(address ? std::optional(net::socket_name_of({*address, 0})) : std::nullopt);
  }
  return sources;
}

}  // namespace gyre::load_test
