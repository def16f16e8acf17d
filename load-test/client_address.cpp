#include "load-test/client_address.hpp"

#include <variant>

#include "common/base/check.hpp"

namespace gyre::load_test {

std::optional<Ipv4Address> loopback_client(const net::SocketAddress& server, std::uint32_t index) {
  DCHECK(index < 65'534);
  const auto* address = std::get_if<Ipv4Address>(&server.address);
  if (address == nullptr || address->bytes[0] != std::byte{127}) return std::nullopt;
  const std::uint32_t host = 1 + index;
  return Ipv4Address{
      {std::byte{127}, {}, static_cast<std::byte>(host >> 8), static_cast<std::byte>(host)}};
}

}  // namespace gyre::load_test
