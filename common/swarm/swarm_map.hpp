// Every swarm of one address family, shared by all workers: the truth about who is in which swarm.
// It knows no sockets, configuration or clocks.
//
// Its peers are of one class (common/base/address_class.hpp): SwarmMaps has a map for each.
//
// The map is cut into shards by the lowest bits of a keyed hash of the info_hash, each an open
// addressing table behind a lock of its own. A torrent comes with the first peer that is stored,
// and goes in the next cleaning after its last peer went. The shards come with the first torrent,
// so a map that is never used takes no memory.
//
// A large map is in no cache: whoever has several announces at hand calls prefetch_shard() and then
// prefetch() for all of them, then prefetch_peers() some announces before announce(). Their cache
// misses overlap: 3.3 million announces a second instead of 1.2 with 6 million torrents
// (scripts/bench-swarm-store.sh, speed).
//
// Threading: every function may be called from any thread. No lock is held across calls.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "common/base/random.hpp"
#include "common/base/types.hpp"
#include "common/swarm/access_list.hpp"
#include "common/swarm/swarm.hpp"

namespace gyre::swarm {

// An info_hash with its hash under a map's secret, which the caller may have from earlier.
struct SwarmKey {
  InfoHash info_hash;
  std::uint64_t hash = 0;
};

// A torrent of list_shard().
struct TorrentCounts {
  InfoHash info_hash;
  SwarmCounts counts;
};

struct MapTotals {
  std::uint64_t torrent_count = 0;
  std::uint64_t peer_count = 0;
  std::uint64_t seeder_count = 0;
};

// Whether somebody else asks for a torrent: nobody; a second network, or the peer itself again;
// more.
enum class Proof : std::uint8_t { none, weak, strong };

// A torrent that may lose its place, and the network that holds it: that of one of its peers.
struct EvictionCandidate {
  SwarmKey key;
  std::uint64_t holder = 0;  // its lowest bit is the family (0: IPv4)
  Proof proof = Proof::none;
  std::uint8_t map_index = 0;  // which the caller may set
};

// How far a cleaning has come. Begin with a new one; done when clean_slice() returns false.
struct CleaningPosition {
  std::size_t shard_index = 0;
  std::uint32_t entry_index = 0;
  InfoHash info_hash = {};  // whose swarm `in_swarm` is about
  PeerPlace in_swarm = PeerPlace::end();
};

template <class Address>
class SwarmMap {
 public:
  // `shard_count` is a power of two, well above the number of workers. The budget outlives the map.
  SwarmMap(const SipKey& secret, const SwarmLimits& limits, Budget& budget,
           std::size_t shard_count = 256);
  ~SwarmMap();

  SwarmKey key(const InfoHash& info_hash) const;
  const SipKey& hash_secret() const { return context_.secret; }

  // Whether the torrent is unknown, as far as that can be said without a lock.
  bool is_empty_for(const SwarmKey& key) const;

  // Starts to fetch what prefetch() reads, to find where the torrent's entry is.
  void prefetch_shard(const SwarmKey& key) const;

  // Starts to fetch the torrent's entry into the cache.
  void prefetch(const SwarmKey& key) const;

  // Whether it has more torrents than caches hold, so that prefetch_peers() is worth its time.
  bool is_larger_than_cache() const;

  // When the entry has come: starts to fetch what announce() will read of its peers, given the same
  // announce and a `random` in the same state. Returns the announce's `peer_hash`, 0 if none was
  // needed.
  std::uint64_t prefetch_peers(const SwarmKey& key, const Announce<Address>& announce,
                               const Random& random) const;

  // Swarm::announce on the torrent's swarm. `compact_peers` holds `peers_wanted` of them.
  AnnounceOutcome announce(const SwarmKey& key, const Announce<Address>& announce, Seconds now,
                           Random& random, std::span<std::byte> compact_peers);

  SwarmCounts scrape(const SwarmKey& key) const;  // zeros if unknown
  SwarmCounts scrape(const InfoHash& info_hash) const { return scrape(key(info_hash)); }
  // By somebody with that address, who may prove the torrent.
  SwarmCounts scrape(const SwarmKey& key, const Address& witness);

  // Removes expired peers, torrents without peers, and torrents that the list does not allow, one
  // bounded slice of work under one lock. Returns false when everything has been seen.
  bool clean_slice(CleaningPosition& position, Seconds now, Seconds max_age_s,
                   const AccessList& access_list);

  // Writes torrents from random places that evict() would remove, and returns how many; at most as
  // many as there is room for. Looks at some hundred slots, and locks one shard after the other.
  std::size_t sample_candidates(Random& random, std::span<EvictionCandidate> candidates) const;
  // Removes a torrent that is unproven, or has few peers of two networks at most. False: it is
  // none, or no longer.
  bool evict(const SwarmKey& key);

  MapTotals totals() const;
  // About how many torrents, from a few of the shards, which are about equally full.
  std::uint64_t estimated_torrent_count() const;

  // That every swarm is in order, and that the totals are theirs. Locks one shard after the other.
  void check_invariants() const;

  // Appends the torrents of one shard, in no order. Announces to them wait for it, some
  // microseconds for a hundred torrents.
  std::size_t shard_count() const {
    return shards_.load(std::memory_order_acquire) != nullptr ? shard_count_ : 0;
  }
  void list_shard(std::size_t index, std::vector<TorrentCounts>& torrents) const;

 private:
  struct Shard;

  // None before the first torrent.
  std::span<Shard> shards() const;
  Shard* shard_of(const SwarmKey& key) const;  // null if there are none
  void make_shards();
  SwarmContext context_of(Shard& shard) const;
  std::uint32_t hash_of(const InfoHash& info_hash) const;  // for the tables of the shards

  Budget& budget_;
  SwarmContext context_;  // for changes without a shard's lock
  std::size_t shard_count_;
  std::atomic<Shard*> shards_{nullptr};
};

extern template class SwarmMap<Ipv4Address>;
extern template class SwarmMap<Ipv6Address>;

}  // namespace gyre::swarm
