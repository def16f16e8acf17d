// A set of networks, as an operator lists them: "10.0.0.0/8", "2001:db8::/32", or a single address.
// Immutable once parsed.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/types.hpp"

namespace gyre::net {

class NetworkList {
 public:
  NetworkList() = default;  // contains nothing

  // The error names the entry and says what is wrong with it. Host bits that are not zero are an
  // error: they are more likely a slip than intended.
  static std::expected<NetworkList, std::string> parse(std::span<const std::string> entries);

  bool contains(const ClientAddress& address) const;
  bool empty() const { return networks_.empty(); }

 private:
  // Addresses as 128-bit numbers, high half first; IPv4 as IPv4-mapped.
  using Bits = std::array<std::uint64_t, 2>;
  struct Network {
    Bits prefix;
    Bits mask;
  };
  static Bits bits_of(const ClientAddress& address);
  static Bits mask_of(unsigned prefix_size);
  static std::expected<Network, std::string> network_from(std::string_view entry);

  std::vector<Network> networks_;
};

}  // namespace gyre::net
