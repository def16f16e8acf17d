#include "common/swarm/list_shares.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "common/base/check.hpp"
#include "common/swarm/list_peers.hpp"
#include "common/swarm/sample.hpp"
#include "common/swarm/shares.hpp"

namespace gyre::swarm {
namespace {

// Looked at when one peer comes: 512 bytes of IPv4 peers. When one becomes a downloader, fewer are:
// it was looked at when it came.
constexpr std::uint32_t looked_at_for_new = 64;
constexpr std::uint32_t looked_at_for_change = 16;

// Peers looked at in one rebalancing, over and over, until shares are as they should be.
// What is left to do is done next time.
constexpr std::uint32_t rebalancing_work_max = 16'384;

// How many peers each of some parties has by now, all and downloaders: addresses or networks, by
// their bits of the prefix. Open addressing; strangers choose addresses, so where one is looked for
// depends on a secret.
class ShareCounts {
 public:
  struct Cell {
    std::uint64_t party = 0;
    bool is_taken = false;
    std::uint16_t peers = 0;
    std::uint16_t downloaders = 0;
  };

  ShareCounts(std::uint32_t party_max, std::uint64_t secret)
      : multiplier_(secret | 1),
        shift_(64 - static_cast<unsigned>(std::bit_width(party_max))),
        cells_(std::size_t{2} << std::bit_width(party_max)) {}

  Cell& of(std::uint64_t party) {
    const std::uint64_t mixed = party * multiplier_;
    std::size_t at = (mixed ^ mixed >> 32) * multiplier_ >> (shift_ - 1);
    while (cells_[at].is_taken && cells_[at].party != party) at = (at + 1) & (cells_.size() - 1);
    cells_[at].party = party;
    cells_[at].is_taken = true;
    return cells_[at];
  }

 private:
  std::uint64_t multiplier_;
  unsigned shift_;
  std::vector<Cell> cells_;
};

}  // namespace

// Looks at so many of the first `pool` peers, at random, or at all of these.
template <class Address>
NeighbourCount<Address> ListShares<Address>::look_at(const Slot& peer, std::uint32_t pool,
                                                     std::uint32_t count_max,
                                                     std::uint32_t hash) const {
  NeighbourCount<Address> neighbours(peer);
  Random random(std::uint64_t{hash} << 32 | std::uint64_t{pool} << 16 | list_.peer_count());
  sample_runs(pool, std::nullopt, count_max, random,
              [&](std::uint32_t first, std::uint32_t length) {
                list_.memory_.visit(first, length, [&neighbours](std::span<const Slot> peers) {
                  for (const Slot& other : peers) neighbours.add(other);
                });
              });
  return neighbours;
}

// Whether a peer that has so many neighbours may be one more of that pool. If only some of the pool
// were looked at, it must have half its share at most: who has all of it and tries again and again
// gets in once in 30 times for an address, and once in 230 for a network.
template <class Address>
bool ListShares<Address>::fits(const NeighbourCount<Address>& neighbours, std::uint32_t pool,
                               bool is_sole_network) {
  const std::uint32_t looked_at = neighbours.looked_at();
  const bool is_all = looked_at == pool;
  const std::uint32_t address_max =
      is_all ? address_share(pool + 1, list_count_) : std::max(looked_at / 16, 2U);
  const std::uint32_t network_max =
      is_all ? network_share(pool + 1, list_count_) : std::max(looked_at / 8, 4U);
  // With half of its share it has too much when half of the others have left.
  if (neighbours.of_network() > 0 && (2 * neighbours.of_address() + 2 > address_max ||
                                      2 * neighbours.of_network() + 2 > network_max)) {
    list_.must_rebalance_ = 1;
  }
  return neighbours.of_address() < address_max &&
         (neighbours.of_network() < network_max || is_sole_network);
}

// Downloaders are returned to seeders too, without the others. Where everybody is of one address or
// network, there is nobody to be crowded out.
template <class Address>
bool ListShares<Address>::may_come(const Slot& peer, std::uint32_t hash) {
  const std::uint32_t pool = list_.order_.peers;
  const auto all = look_at(peer, pool, looked_at_for_new, hash);
  if (all.of_address() == all.looked_at()) {
    list_.must_rebalance_ = 1;
    return true;
  }
  const bool is_sole_network = all.of_network() == all.looked_at();
  if (!fits(all, pool, is_sole_network)) return false;
  if (!is_downloader(peer.state.kind())) return true;
  const std::uint32_t downloaders = list_.order_.downloaders;
  return fits(look_at(peer, downloaders, looked_at_for_new, hash), downloaders, is_sole_network);
}

template <class Address>
bool ListShares<Address>::may_download(const Slot& peer, std::uint32_t hash) {
  // Looking would cost every honest change; the next expiry finds those who have too much.
  list_.must_rebalance_ = 1;
  if (list_.surplus_count_ == 0) return true;
  const std::uint32_t pool = list_.order_.downloaders;
  const auto some = look_at(peer, pool, looked_at_for_change, hash);
  return some.of_network() == some.looked_at() || fits(some, pool, false);
}

// Calls keep(position) for those who have a share of a pool of that size, and returns the pool that
// they are. Who is no surplus now comes first.
template <class Address>
template <class Keep>
DownloadersFirst<std::uint32_t> ListShares<Address>::share_out(
    const DownloadersFirst<std::uint32_t>& pool, bool is_sole_network, Keep keep) const {
  ShareCounts addresses(list_.peer_count(), context_.secret[0]);
  ShareCounts networks(list_.peer_count(), context_.secret[1]);
  const std::uint32_t address_max = address_share(pool.peers, list_count_);
  const std::uint32_t downloaders_of_address_max = address_share(pool.downloaders, list_count_);
  const std::uint32_t network_max =
      is_sole_network ? ListPeers<Address>::peers_max : network_share(pool.peers, list_count_);
  const std::uint32_t downloaders_of_network_max =
      is_sole_network ? ListPeers<Address>::peers_max
                      : network_share(pool.downloaders, list_count_);
  DownloadersFirst<std::uint32_t> kept;
  std::uint32_t position = 0;
  list_.memory_.visit(0, list_.peer_count(), [&](std::span<const Slot> peers) {
    for (const Slot& peer : peers) {
      const std::uint32_t at = position++;
      auto& address = addresses.of(peer.prefix() & subscriber_mask<Address>);
      auto& network = networks.of(peer.prefix() & network_mask<Address>);
      const bool downloads = is_downloader(peer.state.kind());
      if (address.peers >= address_max || network.peers >= network_max) continue;
      if (downloads && (address.downloaders >= downloaders_of_address_max ||
                        network.downloaders >= downloaders_of_network_max)) {
        continue;
      }
      for (auto* party : {&address, &network}) {
        ++party->peers;
        if (downloads) ++party->downloaders;
      }
      ++kept.peers;
      kept.downloaders += downloads ? 1 : 0;
      keep(at);
    }
  });
  return kept;
}

// Nobody is surplus in a small list. In others, shares are as they were if nobody is surplus,
// nobody had half a share, and half of the peers are still there.
template <class Address>
void ListShares<Address>::settle() {
  if (list_.peer_count() <= shared_by_all_max) {
    make_all_fair();
  } else if (list_.surplus_count_ > 0 || list_.must_rebalance_ != 0) {
    list_.must_rebalance_ = 0;
    rebalance();
  }
}

template <class Address>
void ListShares<Address>::make_all_fair() {
  while (list_.surplus_count_ > 0) make_fair(list_.order_.peers);
}

// Shares are of the pool that is left when everybody keeps to theirs: it is approached in steps,
// from what it is now.
template <class Address>
void ListShares<Address>::rebalance() {
  NeighbourCount<Address> of_first(list_.memory_[0]);
  list_.memory_.visit(0, list_.peer_count(), [&of_first](std::span<const Slot> peers) {
    for (const Slot& peer : peers) of_first.add(peer);
  });
  // Until somebody else comes.
  if (of_first.of_network() == list_.peer_count()) list_.must_rebalance_ = 1;
  if (of_first.of_address() == list_.peer_count()) return make_all_fair();
  const bool is_sole_network = of_first.of_network() == list_.peer_count();
  const std::uint32_t steps_max = std::max(rebalancing_work_max / list_.peer_count(), 1U);
  DownloadersFirst<std::uint32_t> pool{list_.order_.peers, list_.order_.downloaders};
  for (std::uint32_t step = 0; step < steps_max; ++step) {
    const auto kept = share_out(pool, is_sole_network, [](std::uint32_t) {});
    if (kept.peers == pool.peers && kept.downloaders == pool.downloaders) break;
    pool = kept;
  }
  if (pool.peers == list_.peer_count()) return make_all_fair();
  std::vector<bool> is_kept(list_.peer_count());
  share_out(pool, is_sole_network, [&](std::uint32_t position) { is_kept[position] = true; });
  // Either way the peers that are moved have been looked at.
  const std::uint32_t surplus_begin = list_.order_.peers;
  for (std::uint32_t position = surplus_begin; position > 0; --position) {
    if (!is_kept[position - 1] && list_.surplus_count_ < ListPeers<Address>::surplus_max)
      make_surplus(position - 1);
  }
  for (std::uint32_t position = surplus_begin; position < list_.peer_count(); ++position) {
    if (is_kept[position]) make_fair(position);
  }
}

template <class Address>
void ListShares<Address>::swap(std::uint32_t a, std::uint32_t b) {
  if (a == b) return;
  const std::uint32_t hash_a = list_.hash_at(a, context_);
  const std::uint32_t hash_b = list_.hash_at(b, context_);
  list_.memory_.index().move(hash_a, a, b);
  list_.memory_.index().move(hash_b, b, a);
  std::swap(list_.memory_[a], list_.memory_[b]);
}

// Returns where it is afterwards.
template <class Address>
std::uint32_t ListShares<Address>::make_surplus(std::uint32_t position) {
  DCHECK(position < list_.order_.peers);
  if (position < list_.order_.downloaders) {
    swap(position, --list_.order_.downloaders);
    position = list_.order_.downloaders;
  }
  swap(position, --list_.order_.peers);
  ++list_.surplus_count_;
  return list_.order_.peers;
}

// Brings the first surplus peer to where that one was.
template <class Address>
void ListShares<Address>::make_fair(std::uint32_t position) {
  DCHECK(position >= list_.order_.peers && position < list_.peer_count());
  swap(position, list_.order_.peers);
  position = list_.order_.peers++;
  --list_.surplus_count_;
  const PeerKind kind = list_.memory_[position].state.kind();
  if (is_downloader(kind)) {
    swap(position, list_.order_.downloaders);
    position = list_.order_.downloaders++;
  }
  swap(position, list_.random_position(kind, list_.hash_at(position, context_)));
}

template class ListShares<Ipv4Address>;
template class ListShares<Ipv6Address>;

}  // namespace gyre::swarm
