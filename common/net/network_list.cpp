#include "common/net/network_list.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/list_lines.hpp"
#include "common/base/numbers.hpp"
#include "common/base/text.hpp"

namespace gyre::net {

class NetworkList::Builder {
 public:
  std::expected<void, std::string> add(std::string_view entry);
  NetworkList list() {
    NetworkList list;
    list.ipv4_ = RangeSet<std::uint32_t>(std::move(ipv4_));
    list.ipv6_ = RangeSet<Bits>(std::move(ipv6_));
    return list;
  }

 private:
  using Range = RangeSet<Bits>::Range;

  void add(const Range& range);

  std::vector<RangeSet<std::uint32_t>::Range> ipv4_;
  std::vector<Range> ipv6_;
};

std::expected<void, std::string> NetworkList::Builder::add(std::string_view entry) {
  const std::string quoted = "\"" + std::string(entry) + "\"";
  const std::size_t slash = entry.find('/');
  const std::string_view written = entry.substr(0, slash);
  const bool in_ipv6 = written.contains(':');
  const auto ipv4 = in_ipv6 ? std::nullopt : ipv4_address_from(written);
  const auto ipv6 = in_ipv6 ? ipv6_address_from(written) : std::nullopt;
  if (!ipv4 && !ipv6) {
    return std::unexpected(quoted +
                           " is not a network: write an address, or ADDRESS/BITS as in 10.0.0.0/8 "
                           "or 2001:db8::/32");
  }
  const unsigned longest = in_ipv6 ? 128 : 32;
  const auto size =
      slash == std::string_view::npos ? longest : number_from<unsigned>(entry.substr(slash + 1));
  if (!size || *size > longest) {
    return std::unexpected(quoted + ": the prefix length must be from 0 to " +
                           std::to_string(longest));
  }
  const Bits first = in_ipv6 ? bits_of(*ipv6) : load_be<std::uint32_t>(ipv4->bytes.data());
  const unsigned free_bits = longest - *size;
  const Bits host = free_bits == 128 ? ~Bits{0} : (Bits{1} << free_bits) - 1;
  if ((first & host) != 0) {
    return std::unexpected(quoted + ": the bits after the first " + std::to_string(*size) +
                           " must be 0");
  }
  if (in_ipv6) {
    add({.first = first, .last = first | host});
  } else {
    ipv4_.push_back({.first = static_cast<std::uint32_t>(first),
                     .last = static_cast<std::uint32_t>(first | host)});
  }
  return {};
}

// With the IPv4 addresses that are mapped into it.
void NetworkList::Builder::add(const Range& range) {
  constexpr Range mapped{.first = Bits{0xffff'0000'0000}, .last = Bits{0xffff'ffff'ffff}};
  ipv6_.push_back(range);
  const Bits first = std::max(range.first, mapped.first);
  const Bits last = std::min(range.last, mapped.last);
  if (first > last) return;
  ipv4_.push_back(
      {.first = static_cast<std::uint32_t>(first), .last = static_cast<std::uint32_t>(last)});
}

std::expected<NetworkList, std::string> NetworkList::parse(std::span<const std::string> entries) {
  Builder builder;
  for (const std::string& entry : entries) {
    if (const auto added = builder.add(entry); !added) return std::unexpected(added.error());
  }
  return builder.list();
}

std::expected<NetworkList, std::string> NetworkList::parse_lines(std::string_view text) {
  Builder builder;
  const auto parsed = for_each_entry(text, [&](std::string_view line) {
    const std::string_view entry = trimmed(line.substr(0, line.find_first_of("#;")));
    return entry.empty() ? std::expected<void, std::string>() : builder.add(entry);
  });
  if (!parsed) return std::unexpected(parsed.error());
  return builder.list();
}

}  // namespace gyre::net
