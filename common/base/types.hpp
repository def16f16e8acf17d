// The types that every front end shares: ids, addresses and events. Plain values.
//
// Ids are distinct types, so that an InfoHash cannot be passed as a PeerId, and an address carries
// its family in its type, so that IPv4 and IPv6 swarms cannot be mixed up.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace gyre {

// 20 bytes: SHA-1 of a v1 torrent, or the truncated SHA-256 of a v2 torrent (BEP 52).
struct InfoHash {
  std::array<std::byte, 20> bytes{};
  auto operator<=>(const InfoHash&) const = default;
  // Three loads in place of memcmp: http_announce of http_handler_benchmark takes 2.8 % less time.
  // Each load lies within one of the stores that copy an info_hash: no store-forwarding stall.
  friend bool operator==(const InfoHash& a, const InfoHash& b) {
    const auto differ = [&](std::size_t at, auto zero) {
      auto of_a = zero, of_b = zero;
      std::memcpy(&of_a, a.bytes.data() + at, sizeof zero);
      std::memcpy(&of_b, b.bytes.data() + at, sizeof zero);
      return of_a ^ of_b;
    };
    return (differ(0, std::uint64_t{0}) | differ(8, std::uint64_t{0}) |
            differ(16, std::uint32_t{0})) == 0;
  }
};

// 20 bytes that the client chooses; never used as an identity.
struct PeerId {
  std::array<std::byte, 20> bytes{};
  auto operator<=>(const PeerId&) const = default;
};

template <std::size_t Size>
struct IpAddress {
  std::array<std::byte, Size> bytes{};  // network order
  auto operator<=>(const IpAddress&) const = default;
};
using Ipv4Address = IpAddress<4>;
using Ipv6Address = IpAddress<16>;

// The family of the swarms that a peer belongs to. An IPv4-mapped IPv6 address counts as ipv4.
enum class Family : std::uint8_t { ipv4, ipv6 };
inline constexpr std::size_t family_count = 2;

template <class Address>
inline constexpr Family family_of = Family::ipv6;
template <>
inline constexpr Family family_of<Ipv4Address> = Family::ipv4;

// A client's address, where its family is known only at run time.
using ClientAddress = std::variant<Ipv4Address, Ipv6Address>;

inline Family family_in(const ClientAddress& address) {
  return std::holds_alternative<Ipv4Address>(address) ? Family::ipv4 : Family::ipv6;
}

// Bytes of a peer in compact form: address and port (BEP 23, BEP 7, BEP 15).
constexpr std::size_t compact_peer_size(Family family) {
  return family == Family::ipv4 ? 6 : 18;
}

// Where a peer accepts connections: the source address and the announced port.
template <class Address>
struct PeerAddress {
  Address address{};
  std::uint16_t port = 0;  // host order
  auto operator<=>(const PeerAddress&) const = default;
};

// What a scrape returns of a torrent.
struct SwarmCounts {
  std::uint32_t seeder_count = 0;
  std::uint32_t leecher_count = 0;
  std::uint32_t completed_count = 0;  // peers that were seen as leechers and then completed
};

// Values on the wire: BEP 15, and 4 by BEP 21. All others mean `none`.
enum class AnnounceEvent : std::uint8_t {
  none = 0,
  completed = 1,
  started = 2,
  stopped = 3,
  paused = 4,  // a partial seed: has all the data that it wants, but not all there is
};

// Which torrents are tracked: all, only those on a list, or all but those.
enum class AccessMode : std::uint8_t { off, allow, deny };

// Whole seconds since the process started.
using Seconds = std::uint32_t;

inline constexpr std::size_t cache_line_size = 64;
inline constexpr std::size_t huge_page_size = std::size_t{2} << 20;

std::string to_hex(const InfoHash& info_hash);                     // 40 lower-case digits
std::optional<InfoHash> info_hash_from_hex(std::string_view hex);  // exactly 40 hex digits
std::string to_string(Ipv4Address address);                        // "10.0.0.1"
std::string to_string(const Ipv6Address& address);                 // "2001:db8::1", no brackets
std::optional<Ipv4Address> ipv4_mapped_in(const Ipv6Address& address);  // from ::ffff:0:0/96
// The inverse of to_string; any other form that inet_pton(3) takes is accepted, too.
std::optional<Ipv4Address> ipv4_address_from(std::string_view text);
std::optional<Ipv6Address> ipv6_address_from(std::string_view text);
// Of either family; an IPv4-mapped IPv6 address becomes an IPv4 address.
std::optional<ClientAddress> client_address_from(std::string_view text);
std::string to_string(const ClientAddress& address);

}  // namespace gyre
