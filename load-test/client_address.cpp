#include "load-test/client_address.hpp"

#include <variant>

namespace gyre::load_test {

std::optional<Ipv4Address> loopback_client(const SocketAddress& server, std::uint32_t index) {
  const auto* address = std::get_if<Ipv4Address>(&server.address);
  if (address == nullptr || address->bytes[0] != std::byte{127}) return std::nullopt;
  const std::uint32_t host = 1 + index;
  return Ipv4Address{
      {std::byte{127}, {}, static_cast<std::byte>(host >> 8), static_cast<std::byte>(host)}};
}

}  // namespace gyre::load_test
