// A peer in memory: its address and port as they go over the wire, then 16 bits of state; and where
// it is in a swarm.
//
// The state packs what the peer is (2 bits), whether its completion has been counted (1 bit), and
// when it last announced, in ticks of 4 seconds modulo 2^13 (13 bits). Ages are exact as long as
// no peer stays longer than a turn of that clock, about 9 hours: see `peer_age_max_s`.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "common/base/bytes.hpp"
#include "common/base/types.hpp"

namespace gyre::swarm {

enum class PeerKind : std::uint8_t {
  leecher,
  seeder,
  partial_seed,  // BEP 21: wants no more data but is not complete; counts as a leecher
};

// Whether it wants data (BEP 21). Those who do not are returned downloaders only.
constexpr bool is_downloader(PeerKind kind) {
  return kind == PeerKind::leecher;
}

class PeerState {
 public:
  static constexpr Seconds tick_s = 4;
  static constexpr std::uint16_t tick_mask = 0x1fff;
  static constexpr unsigned skew_ticks_max = 64;

  PeerState() = default;
  PeerState(PeerKind kind, Seconds now) { set(kind, now); }

  PeerKind kind() const { return static_cast<PeerKind>(bits_ >> 14); }
  bool completion_counted() const { return (bits_ & counted_bit) != 0; }
  void count_completion() { bits_ |= counted_bit; }

  void set(PeerKind kind, Seconds now) {
    bits_ = static_cast<std::uint16_t>(static_cast<unsigned>(kind) << 14 | (bits_ & counted_bit) |
                                       (now / tick_s & tick_mask));
  }

  // Never true before `max_age_s` have passed since set(), always within two ticks after it.
  bool expired(Seconds now, Seconds max_age_s) const {
    return age_ticks(now) > (max_age_s + tick_s - 1) / tick_s;
  }
  // Threads read their clocks at slightly different times: who announced a moment after `now` is
  // new.
  unsigned age_ticks(Seconds now) const {
    const unsigned ticks = (now / tick_s - (bits_ & tick_mask)) & tick_mask;
    return ticks <= tick_mask - skew_ticks_max ? ticks : 0;
  }

 private:
  static constexpr std::uint16_t counted_bit = 0x2000;
  std::uint16_t bits_ = 0;
};

// Upper bounds of a peer's age and of the wait for the next cleaning, with a margin.
inline constexpr Seconds peer_age_max_s = 6 * 3600;
inline constexpr Seconds cleaning_interval_max_s = 3600;
static_assert(peer_age_max_s + 2 * cleaning_interval_max_s <
              PeerState::tick_s * (PeerState::tick_mask - PeerState::skew_ticks_max));

// The IPv6 addresses of one /64 are one subscriber's; so is one IPv4 address, or that of several.
template <class Address>
inline constexpr std::size_t subscriber_size = family_of<Address> == Family::ipv4 ? 4 : 8;

// A network is what one party is usually assigned: an IPv4 /24, an IPv6 /48.
template <class Address>
inline constexpr std::size_t network_size = family_of<Address> == Family::ipv4 ? 3 : 6;

// Their bits in PeerSlot::prefix().
template <std::size_t Size>
inline constexpr std::uint64_t prefix_mask = ~std::uint64_t{0} >> (64 - 8 * Size);
template <class Address>
inline constexpr std::uint64_t subscriber_mask = prefix_mask<subscriber_size<Address>>;
template <class Address>
inline constexpr std::uint64_t network_mask = prefix_mask<network_size<Address>>;
static_assert(std::endian::native == std::endian::little);

template <class Address>
bool same_network(const Address& a, const Address& b) {
  return std::memcmp(a.bytes.data(), b.bytes.data(), network_size<Address>) == 0;
}

template <class Address>
struct PeerSlot {
  Address address;
  std::array<std::byte, 2> port_be;
  PeerState state;

  static PeerSlot of(const PeerAddress<Address>& peer, PeerState state) {
    PeerSlot slot{peer.address, {}, state};
    store_be(slot.port_be.data(), peer.port);
    return slot;
  }
  // The peer in compact form, compact_peer_size() bytes.
  const std::byte* compact() const { return address.bytes.data(); }
  // Its first eight bytes, of which the lowest bits are the network and the subscriber.
  std::uint64_t prefix() const {
    std::uint64_t prefix = 0;
    std::memcpy(&prefix, compact(), sizeof prefix);
    return prefix;
  }
  bool same_peer(const PeerSlot& other) const {
    return std::memcmp(compact(), other.compact(), sizeof(Address) + sizeof(port_be)) == 0;
  }
  bool same_subscriber(const PeerSlot& other) const {
    return std::memcmp(compact(), other.compact(), subscriber_size<Address>) == 0;
  }
};

// 8 bytes keep eight IPv4 peers in a cache line; the memory of the whole tracker depends on these.
static_assert(sizeof(PeerSlot<Ipv4Address>) == 8);
static_assert(sizeof(PeerSlot<Ipv6Address>) == 20);
static_assert(std::is_trivially_copyable_v<PeerSlot<Ipv6Address>>);

// Where a peer of a swarm is until the next change: in which bucket, of a swarm that has several,
// and where in it.
struct PeerPlace {
  std::uint32_t bucket = 0;
  std::uint32_t position = 0;

  // Behind all peers of any swarm.
  static constexpr PeerPlace end() { return {~std::uint32_t{0}, ~std::uint32_t{0}}; }
};

// Writes the peers one after the other in compact form and returns the end of what it wrote.
template <class Address>
std::byte* write_compact(std::byte* out, std::span<const PeerSlot<Address>> peers) {
  constexpr std::size_t peer_size = compact_peer_size(family_of<Address>);
  if (peers.empty()) return out;
  // A whole slot goes in one move, and the next peer overwrites its state; but for the last one.
  for (const auto& peer : peers.first(peers.size() - 1)) {
    std::memcpy(out, static_cast<const void*>(&peer), sizeof peer);
    out += peer_size;
  }
  std::memcpy(out, peers.back().compact(), peer_size);
  return out + peer_size;
}

}  // namespace gyre::swarm
