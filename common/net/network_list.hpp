// A set of networks, as an operator lists them: "10.0.0.0/8", "2001:db8::/32", or a single address.
// Immutable once parsed.
//
// In IPv6 notation an IPv4 network is IPv4-mapped: "::/0" contains all IPv4 addresses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/base/range_set.hpp"
#include "common/base/types.hpp"

namespace gyre::net {

class NetworkList {
 public:
  NetworkList() = default;  // contains nothing

  // The error names the entry and says what is wrong with it. Host bits that are not zero are an
  // error: they are more likely a slip than intended.
  static std::expected<NetworkList, std::string> parse(std::span<const std::string> entries);
  // The same from a text with one entry on each line (list_lines.hpp), of which anything from a '#'
  // or ';' on is a comment; the error names the line.
  static std::expected<NetworkList, std::string> parse_lines(std::string_view text);

  bool contains(Ipv4Address address) const {
    return !ipv4_.empty() && ipv4_.contains(load_be<std::uint32_t>(address.bytes.data()));
  }
  bool contains(const Ipv6Address& address) const {
    return !ipv6_.empty() && ipv6_.contains(bits_of(address));
  }
  bool contains(const ClientAddress& address) const {
    return !empty() &&
           std::visit([this](const auto& of_family) { return contains(of_family); }, address);
  }
  bool empty() const { return ipv4_.empty() && ipv6_.empty(); }
  // How many there are; those that overlap or touch count as one.
  std::size_t size() const { return ipv4_.size() + ipv6_.size(); }

 private:
  __extension__ using Bits = unsigned __int128;
  class Builder;

  static Bits bits_of(const Ipv6Address& address) {
    return Bits{load_be<std::uint64_t>(address.bytes.data())} << 64 |
           load_be<std::uint64_t>(address.bytes.data() + 8);
  }

  RangeSet<std::uint32_t> ipv4_;
  RangeSet<Bits> ipv6_;
};

}  // namespace gyre::net
