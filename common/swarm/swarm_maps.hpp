// The swarms of a tracker: for each address family a map for each class of addresses, under one
// budget. IPv4 and IPv6 peers cannot always reach each other: they do not mix.
//
// Visibility. Who asks sees the peers of the own class and of those that are reached from farther
// away: public requesters public peers; private ones private and public peers; loopback ones all.
// So nothing is filtered for the public, whose peers have a map of their own. Counts are sums over
// what the requester sees. An answer has peers of the own class first, but up to a quarter of the
// others.
//
// External address. If the operator gives one, peers that are not public are reached by it from
// outside (by forwarded ports): everybody sees all peers, and those whose class the requester would
// not see have the external address. So peers inside of one network still find each other's
// private addresses.
//
// Admission. While a budget is scarce (budget.hpp), who comes in takes the place of an unproven
// torrent, chosen at random among those of the network that holds most of them. So whoever fills
// the tracker with torrents that nobody else asks for loses these, at whatever rate they come.
// Whoever proves them by several networks holds many under each, and loses those. Where no network
// holds many, nobody loses anything before the budget is used up. Peers of existing swarms replace
// others of their swarm only if no torrent can be evicted.
//
// Threading: as SwarmMap.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

#include "common/base/address_class.hpp"
#include "common/base/check.hpp"
#include "common/swarm/budget.hpp"
#include "common/swarm/swarm_map.hpp"

namespace gyre::swarm {

struct SwarmMapsOptions {
  BudgetLimits budget = {};
  SwarmLimits swarm = {};
  std::optional<Ipv4Address> external_ipv4 = {};
  std::optional<Ipv6Address> external_ipv6 = {};
};

class SwarmMaps {
 public:
  explicit SwarmMaps(const SipKey& secret, const SwarmMapsOptions& options = {});

  Budget budget;

  // Those of a class. Unroutable addresses have no peers, and see what the public does.
  template <class Address>
  SwarmMap<Address>& of(AddressClass address_class = AddressClass::public_) {
    return all_of<Address>()[index_of(address_class)];
  }
  template <class Visit>
  void visit_maps(Visit visit) {
    for (auto& map : ipv4_) visit(map);
    for (auto& map : ipv6_) visit(map);
  }
  template <class Visit>
  void visit_maps(Visit visit) const {
    for (const auto& map : ipv4_) visit(map);
    for (const auto& map : ipv6_) visit(map);
  }

  // The same for all maps.
  SwarmKey key(const InfoHash& info_hash) const { return ipv4_.front().key(info_hash); }
  const SipKey& hash_secret() const { return ipv4_.front().hash_secret(); }

  MapTotals totals(Family family) const;
  std::uint64_t evicted_torrent_count() const {
    return evicted_torrent_count_.load(std::memory_order_relaxed);
  }

  // SwarmMap::announce in the map of the peer's class, which while the budget is scarce makes its
  // place; with the peers and counts of the other maps that the requester sees.
  // REQUIRES: peers of unroutable addresses are not to be stored.
  template <class Address>
  AnnounceOutcome announce(const SwarmKey& key, const Announce<Address>& announce, Seconds now,
                           Random& random, std::span<std::byte> compact_peers) {
    DCHECK(!announce.store || announce.peer_class != AddressClass::unroutable);
    auto& own = of<Address>(announce.peer_class);
    // Returned without a copy: that would be a store-forwarding stall, 6 % of
    // udp_handler_benchmark.
    AnnounceOutcome outcome = own.announce(key, announce, now, random, compact_peers);
    if (outcome.admission != Admission::not_asked && make_place(outcome.admission, random)) {
      outcome = announce_again(own, key, announce, now, random, compact_peers);
    }
    if (!sees_one_map<Address>(announce.peer_class)) {
      add_others(key, announce, now, random, compact_peers, outcome);
    }
    return outcome;
  }

  // Of what somebody with that address sees, who may prove the torrent.
  template <class Address>
  SwarmCounts scrape(const SwarmKey& key, const Address& witness, AddressClass witness_class);

  // The address by which others reach a client of that class.
  template <class Address>
  const Address& reachable_address(const Address& address, AddressClass address_class) const {
    const auto& external = this->external<Address>();
    return external && is_inside(address_class) ? *external : address;
  }

 private:
  // By index_of(). Classes that are reached from farther away have higher indices.
  static constexpr std::size_t class_count = 3;
  template <class Address>
  using MapsOfFamily = std::array<SwarmMap<Address>, class_count>;

  static bool is_inside(AddressClass address_class) {
    return address_class == AddressClass::loopback || address_class == AddressClass::private_;
  }
  static std::size_t index_of(AddressClass address_class) {
    constexpr std::array<std::uint8_t, 4> indices = {2, 0, 1, 2};  // by AddressClass
    return indices[static_cast<std::size_t>(address_class)];
  }
  template <class Address>
  MapsOfFamily<Address>& all_of() {
    if constexpr (family_of<Address> == Family::ipv4)
      return ipv4_;
    else
      return ipv6_;
  }
  template <class Address>
  const std::optional<Address>& external() const {
    if constexpr (family_of<Address> == Family::ipv4)
      return external_ipv4_;
    else
      return external_ipv6_;
  }
  template <class Address>
  bool sees_one_map(AddressClass requester) const {
    return !is_inside(requester) && !external<Address>();
  }
  template <class Address>
  void add_others(const SwarmKey& key, const Announce<Address>& announce, Seconds now,
                  Random& random, std::span<std::byte> compact_peers, AnnounceOutcome& outcome);
  // Whether the announce is to be made again.
  bool make_place(Admission admission, Random& random);
  template <class Address>
  static AnnounceOutcome announce_again(SwarmMap<Address>& map, const SwarmKey& key,
                                        Announce<Address> announce, Seconds now, Random& random,
                                        std::span<std::byte> compact_peers) {
    announce.may_replace = true;
    return map.announce(key, announce, now, random, compact_peers);
  }
  void evict_torrent(bool is_used_up, Random& random);

  std::optional<Ipv4Address> external_ipv4_;
  std::optional<Ipv6Address> external_ipv6_;
  MapsOfFamily<Ipv4Address> ipv4_;
  MapsOfFamily<Ipv6Address> ipv6_;
  std::atomic<std::uint64_t> evicted_torrent_count_{0};
  std::atomic<int> searches_left_out_{0};
};

}  // namespace gyre::swarm
