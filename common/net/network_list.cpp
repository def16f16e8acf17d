#include "common/net/network_list.hpp"

#include <algorithm>
#include <optional>

#include "common/base/bytes.hpp"
#include "common/base/numbers.hpp"

namespace gyre::net {
namespace {

constexpr std::uint64_t mapped_prefix = 0xffff;  // ::ffff:0:0/96
constexpr unsigned mapped_prefix_size = 96;

}  // namespace

NetworkList::Bits NetworkList::bits_of(const ClientAddress& address) {
  if (const auto* ipv4 = std::get_if<Ipv4Address>(&address)) {
    return {0, mapped_prefix << 32 | load_be<std::uint32_t>(ipv4->bytes.data())};
  }
  const auto& bytes = std::get<Ipv6Address>(address).bytes;
  return {load_be<std::uint64_t>(bytes.data()), load_be<std::uint64_t>(bytes.data() + 8)};
}

NetworkList::Bits NetworkList::mask_of(unsigned prefix_size) {
  DCHECK(prefix_size <= 128);
  const auto half = [](unsigned ones) { return ones == 0 ? 0 : ~std::uint64_t{0} << (64 - ones); };
  return {half(std::min(prefix_size, 64U)), half(prefix_size < 64 ? 0 : prefix_size - 64)};
}

std::expected<NetworkList::Network, std::string> NetworkList::network_from(std::string_view entry) {
  const std::string quoted = "\"" + std::string(entry) + "\"";
  const std::size_t slash = entry.find('/');
  const auto address = client_address_from(entry.substr(0, slash));
  if (!address) {
    return std::unexpected(quoted +
                           " is not a network: write an address, or ADDRESS/BITS as in 10.0.0.0/8 "
                           "or 2001:db8::/32");
  }
  // In IPv6 notation the prefix length counts from the front of the IPv6 address, mapped or not.
  const bool in_ipv6 = entry.substr(0, slash).contains(':');
  const unsigned longest = in_ipv6 ? 128 : 32;
  const auto size =
      slash == std::string_view::npos ? longest : number_from<unsigned>(entry.substr(slash + 1));
  if (!size || *size > longest) {
    return std::unexpected(quoted + ": the prefix length must be from 0 to " +
                           std::to_string(longest));
  }
  const Bits mask = mask_of(in_ipv6 ? *size : mapped_prefix_size + *size);
  const Bits bits = bits_of(*address);
  if ((bits[0] & ~mask[0]) != 0 || (bits[1] & ~mask[1]) != 0) {
    return std::unexpected(quoted + ": the bits after the first " + std::to_string(*size) +
                           " must be 0");
  }
  return Network{bits, mask};
}

std::expected<NetworkList, std::string> NetworkList::parse(std::span<const std::string> entries) {
  NetworkList list;
  for (const std::string& entry : entries) {
    const auto network = network_from(entry);
    if (!network) return std::unexpected(network.error());
    list.networks_.push_back(*network);
  }
  return list;
}

bool NetworkList::contains(const ClientAddress& address) const {
  if (networks_.empty()) return false;
  const Bits bits = bits_of(address);
  return std::ranges::any_of(networks_, [&](const Network& network) {
    return (bits[0] & network.mask[0]) == network.prefix[0] &&
           (bits[1] & network.mask[1]) == network.prefix[1];
  });
}

}  // namespace gyre::net
