// Keeps one list to the shares of addresses and networks (shares.hpp): says who is surplus, and
// moves those who become it or no longer are.
//
// Surplus peers are kept, counted and found as all others, but lie behind all others, where no
// sample comes: nothing is to be done when peers are returned. Of a list of more than 64 peers,
//
//   a new peer is surplus if its address or network already has its share: as counted among up to
//   64 peers, among some at random in larger lists, where half the share must suffice, so that
//   nobody gains by trying often;
//   the same holds for a peer that becomes a downloader, of whom seeders get a sample, but only 16
//   are looked at;
//   an expiry counts all if there are surplus peers, somebody had half a share, or half of the
//   peers have left: some become surplus, and others no longer are.
//
// If all peers of a list are of one address or one network, nobody is crowded out, and nobody is
// surplus for that.
#pragma once

#include <cstdint>

#include "common/swarm/context.hpp"
#include "common/swarm/downloaders_first.hpp"
#include "common/swarm/peer_slot.hpp"
#include "common/swarm/shares.hpp"

namespace gyre::swarm {

template <class Address>
class ListPeers;

template <class Address>
class ListShares {
 public:
  using Slot = PeerSlot<Address>;

  // Of a list that is one of `list_count` of its swarm.
  ListShares(ListPeers<Address>& list, std::uint32_t list_count, const SwarmContext& context)
      : list_(list), list_count_(list_count), context_(context) {}

  // Whether a new peer may be returned.
  bool may_come(const Slot& peer, std::uint32_t hash);
  // Whether one that is may be returned as a downloader from now on.
  bool may_download(const Slot& peer, std::uint32_t hash);
  // Counts all if there is reason to.
  void settle();
  // Returns where that peer is afterwards.
  std::uint32_t make_surplus(std::uint32_t position);

 private:
  NeighbourCount<Address> look_at(const Slot& peer, std::uint32_t pool, std::uint32_t count_max,
                                  std::uint32_t hash) const;
  bool fits(const NeighbourCount<Address>& neighbours, std::uint32_t pool, bool is_sole_network);
  template <class Keep>
  DownloadersFirst<std::uint32_t> share_out(const DownloadersFirst<std::uint32_t>& pool,
                                            bool is_sole_network, Keep keep) const;
  void rebalance();
  void swap(std::uint32_t a, std::uint32_t b);
  void make_fair(std::uint32_t position);
  void make_all_fair();

  ListPeers<Address>& list_;
  std::uint32_t list_count_;
  const SwarmContext& context_;
};

extern template class ListShares<Ipv4Address>;
extern template class ListShares<Ipv6Address>;

}  // namespace gyre::swarm
