#include "common/swarm/context.hpp"

#include "common/base/address_class.hpp"

namespace gyre::swarm {
namespace {

template <std::size_t Size>
std::uint64_t hash_of_first(const std::byte* bytes, const SwarmContext& context) {
  return keyed_hash(context.secret, std::span<const std::byte, Size>(bytes, Size));
}

}  // namespace

template <class Address>
bool address_is_limited(const PeerSlot<Address>& peer, const SwarmContext& context) {
  return context.limits.peers_per_address != 0 && !is_loopback(peer.address);
}

template <class Address>
std::uint64_t subscriber_hash(const PeerSlot<Address>& peer, std::uint32_t which,
                              const SwarmContext& context) {
  // Far apart in all bits that buckets and lists go by.
  constexpr std::uint64_t distance = 0x9e3779b97f4a7c15;
  return hash_of_first<subscriber_size<Address>>(peer.compact(), context) + which * distance;
}

template <class Address>
std::uint64_t peer_hash(const PeerSlot<Address>& peer, const SwarmContext& context) {
  if (!address_is_limited(peer, context)) {
    return hash_of_first<compact_peer_size(family_of<Address>)>(peer.compact(), context);
  }
  // Strangers choose ports, so which hash one has depends on the secret.
  const std::uint64_t port = load_be<std::uint16_t>(peer.port_be.data());
  const std::uint64_t mixed = (port + context.secret[0]) * (context.secret[1] | 1);
  return subscriber_hash(peer, static_cast<std::uint32_t>(mixed >> 61), context);
}

template bool address_is_limited(const PeerSlot<Ipv4Address>&, const SwarmContext&);
template bool address_is_limited(const PeerSlot<Ipv6Address>&, const SwarmContext&);
template std::uint64_t subscriber_hash(const PeerSlot<Ipv4Address>&, std::uint32_t,
                                       const SwarmContext&);
template std::uint64_t subscriber_hash(const PeerSlot<Ipv6Address>&, std::uint32_t,
                                       const SwarmContext&);
template std::uint64_t peer_hash(const PeerSlot<Ipv4Address>&, const SwarmContext&);
template std::uint64_t peer_hash(const PeerSlot<Ipv6Address>&, const SwarmContext&);

}  // namespace gyre::swarm
