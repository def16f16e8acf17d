// The share that one party may have of the peers that are returned, so that nobody crowds the
// others out: of one address (IPv6: one /64) an eighth, of one network (IPv4 /24, IPv6 /48) a
// quarter. Some peers of each are always allowed, and small swarms return everybody.
//
// In swarms of addresses each list of peers keeps to it by what it returns at all: see
// list_peers.hpp. WebTorrent's swarms keep to it in each choice.
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/swarm/peer_slot.hpp"

namespace gyre::swarm {

// Swarms up to this size return everybody.
inline constexpr std::uint32_t shared_by_all_max = 64;

// How many of `pool` peers may be of one address. In a swarm that is cut into several lists, those
// that are always allowed are divided as well.
constexpr std::uint32_t address_share(std::uint32_t pool, std::uint32_t list_count = 1) {
  return std::max({pool / 8, 2 / list_count, 1U});
}
constexpr std::uint32_t network_share(std::uint32_t pool, std::uint32_t list_count = 1) {
  return std::max({pool / 4, 8 / list_count, 1U});
}

// How many of some peers have the address and the network of another one.
template <class Address>
class NeighbourCount {
 public:
  explicit NeighbourCount(const PeerSlot<Address>& peer) : prefix_(peer.prefix()) {}

  // Without branches: who is a neighbour is chance to the processor.
  void add(const PeerSlot<Address>& other) {
    ++looked_at_;
    const std::uint64_t differing = other.prefix() ^ prefix_;
    of_address_ += (differing & subscriber_mask<Address>) == 0 ? 1 : 0;
    of_network_ += (differing & network_mask<Address>) == 0 ? 1 : 0;
  }
  std::uint32_t looked_at() const { return looked_at_; }
  std::uint32_t of_address() const { return of_address_; }
  std::uint32_t of_network() const { return of_network_; }

 private:
  std::uint64_t prefix_;
  std::uint32_t looked_at_ = 0;
  std::uint32_t of_address_ = 0;
  std::uint32_t of_network_ = 0;
};

// Whose place a newcomer of a full swarm takes, of the peers that are looked at: the one that
// announced least recently. If the newcomer's address or network has its share already, it is one
// of that network.
template <class Address>
class EvictionChoice {
 public:
  EvictionChoice(const PeerSlot<Address>& newcomer, Seconds now)
      : newcomer_(newcomer), neighbours_(newcomer), now_(now) {}

  void add(std::uint32_t position, const PeerSlot<Address>& peer) {
    neighbours_.add(peer);
    const auto age = static_cast<int>(peer.state.age_ticks(now_));
    oldest_.take(position, age);
    if (same_network(peer.address, newcomer_.address)) oldest_neighbour_.take(position, age);
  }
  std::uint32_t position() const {
    const std::uint32_t seen = neighbours_.looked_at();
    const bool has_share = neighbours_.of_address() >= address_share(seen) ||
                           neighbours_.of_network() >= network_share(seen);
    return (has_share ? oldest_neighbour_ : oldest_).position;
  }

 private:
  struct Oldest {
    std::uint32_t position = 0;
    int age = -1;
    void take(std::uint32_t other, int its_age) {
      if (its_age > age) *this = {other, its_age};
    }
  };

  const PeerSlot<Address>& newcomer_;
  NeighbourCount<Address> neighbours_;
  Seconds now_;
  Oldest oldest_;
  Oldest oldest_neighbour_;
};

}  // namespace gyre::swarm
