// The peers of one torrent in one address family. Takes values and returns values: time, randomness
// and what all swarms share are arguments; it knows no sockets, configuration or locks.
//
// Forms. A swarm keeps its peers in one of three classes, which have the same operations: find,
// insert, erase, set_state, sample, prefetch, oldest, visit_same_address and expire_some. It
// changes only to the form before or after its own.
//
//   absent    no swarm, in a free entry of the map
//   array     ArrayPeers: up to 32 peers, found by scanning. Up to two, which is what most swarms
//             have, lie in the swarm itself, more in one array.
//   list      ListPeers: found by an index. From the 33rd peer on; becomes an array again when it
//             has 16 or fewer after a peer left or some expired.
//   buckets   BucketPeers: lists by the hash of the peer, one more or one less at a time, so no
//             announce moves all peers. From about 2,500 peers on; becomes a list again when an
//             expiry leaves one bucket, which is below 2,000 peers.
//
// In each form downloaders come first (downloaders_first.hpp). Of swarms above 64 peers, one
// address or network is returned no more than its share (shares.hpp); counts are of all peers.
//
// Lifetime: a swarm is moved by copying its bytes, as OpenTable does; so it has no destructor, and
// its owner calls clear() before it forgets it.
//
// Proof. A torrent is proven once somebody else confirms it, a peer or a scrape from a second
// network (IPv4 /24, IPv6 /48: two addresses of one are no witness), or once one of its peers came
// back after half an interval. All peers of an unproven swarm are of one network. When a budget is
// scarce, unproven torrents are the first to go. Swarms in buckets are proven by their size.
//
// Invariant: a peer, that is an address and port, is in a swarm at most once.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <span>

#include "common/base/address_class.hpp"
#include "common/base/random.hpp"
#include "common/base/types.hpp"
#include "common/swarm/array_peers.hpp"
#include "common/swarm/bucket_peers.hpp"
#include "common/swarm/context.hpp"
#include "common/swarm/list_peers.hpp"
#include "common/swarm/peer_slot.hpp"

namespace gyre::swarm {

using gyre::SwarmCounts;

template <class Address>
struct Announce {
  PeerAddress<Address> peer;
  PeerKind kind = PeerKind::leecher;
  bool stopped = false;    // removes the peer; no peers are returned to it
  bool completed = false;  // the client says that it has just finished
  bool store = true;       // false: answered, but not returned to others
  // If the tracker is full, a peer of its swarm makes place; else it is refused.
  bool may_replace = false;
  std::uint32_t peers_wanted = 0;
  AddressClass peer_class = AddressClass::public_;  // of the peer; decides its map (SwarmMaps)
  std::uint64_t peer_hash = 0;  // what a prefetch() of the same announce returned; 0: unknown
};

// Whether the announcing peer was stored.
enum class Admission : std::uint8_t {
  not_asked,         // known already, stopped, or not to be stored
  admitted,          //
  replaced_oldest,   // the swarm or the tracker was full: the swarm's oldest peer was evicted
  replaced_address,  // the address had as many peers as it may: its oldest one was evicted
  refused_peer,      // the tracker has as many peers as it may
  refused_torrent,   // the tracker has as many torrents as it may
};

struct AnnounceOutcome {
  SwarmCounts counts = {};               // after the announce
  std::uint32_t compact_peer_count = 0;  // how many were written
  Admission admission = Admission::not_asked;
};

template <class Address>
class Swarm {
 public:
  using Slot = PeerSlot<Address>;
  enum class Form : std::uint8_t { absent, array, list, buckets };

  Swarm() = default;

  // A swarm without peers, as opposed to none at all.
  static Swarm empty();
  Form form() const { return form_; }
  bool is_absent() const { return form_ == Form::absent; }
  bool is_proven() const { return is_proven_; }
  // Somebody with that address asks about the swarm.
  void add_witness(const Address& address);
  // All of them, until the next change. REQUIRES: the form is an array.
  std::span<const Slot> few_peers() const {
    DCHECK(form_ == Form::array);
    return const_cast<Swarm*>(this)->array().peers();
  }
  // REQUIRES: it has so many peers, and is not in buckets.
  Slot peer_at(std::uint32_t position) const {
    DCHECK(form_ < Form::buckets && position < peer_count());
    return visit([position](const auto& peers) { return peers.at(PeerPlace{0, position}); });
  }

  std::uint32_t peer_count() const {
    return visit([](const auto& peers) { return peers.peer_count(); });
  }
  // How many may be returned to a peer of that kind: fewer than there are if one address or network
  // has more than its share.
  std::uint32_t pool_of(PeerKind kind) const {
    return visit([kind](const auto& peers) { return peers.pool_of(kind); });
  }
  // Inline: returned by a call, the three numbers are a store-forwarding stall.
  [[gnu::always_inline]] SwarmCounts counts() const {
    const auto [peers, seeders] = visit([](const auto& of_form) {
      return std::pair(of_form.peer_count(), of_form.seeder_count());
    });
    return {.seeder_count = seeders,
            .leecher_count = peers - seeders,
            .completed_count = completed_count_};
  }

  // Finds the peer, removes or updates it, samples others for it, then stores it if it is new and
  // there is room. Writes the others in compact form to `compact_peers`, which holds `peers_wanted`
  // of them.
  AnnounceOutcome announce(const Announce<Address>& announce, Seconds now, Random& random,
                           const SwarmContext& context, std::span<std::byte> compact_peers);

  // Starts to fetch what announce() will read, if `random` is in the same state then. Returns its
  // `peer_hash`, so that it is not made again; 0 if none was needed.
  std::uint64_t prefetch(const Announce<Address>& announce, const Random& random,
                         const SwarmContext& context) const;

  // Removes expired peers, of a list or buckets some at a time: true as long as there is more to
  // do.
  // Begin with PeerPlace::end(), which moves from the last peer to the first.
  bool expire_some(PeerPlace& end, Seconds now, Seconds max_age_s, const SwarmContext& context);

  // Forgets all peers and frees their memory; absent afterwards.
  void clear(const SwarmContext& context);

  // That its form is in order.
  void check_invariants(const SwarmContext& context) const;

 private:
  // Where a list becomes an array again.
  static constexpr std::uint32_t array_again_max = ArrayPeers<Address>::peers_max / 2;

  ArrayPeers<Address>& array() {
    return *std::launder(reinterpret_cast<ArrayPeers<Address>*>(storage_.data()));
  }
  ListPeers<Address>& list() {
    return *std::launder(reinterpret_cast<ListPeers<Address>*>(storage_.data()));
  }
  BucketPeers<Address>& buckets() {
    BucketPeers<Address>* buckets = nullptr;
    std::memcpy(static_cast<void*>(&buckets), storage_.data(), sizeof(void*));
    return *buckets;
  }
  // Calls visit(peers) with the object of the form. Zeros, as of an absent swarm, are an empty
  // array.
  template <class Visit>
  [[gnu::always_inline]] decltype(auto) visit(Visit visit) {
    switch (form_) {
      case Form::buckets:
        return visit(buckets());
      case Form::list:
        return visit(list());
      default:
        return visit(array());
    }
  }
  template <class Visit>
  [[gnu::always_inline]] decltype(auto) visit(Visit visit) const {
    return const_cast<Swarm*>(this)->visit([&visit](const auto& peers) { return visit(peers); });
  }

  void use_larger_form(const SwarmContext& context);
  void use_smaller_form(const SwarmContext& context);

  std::uint64_t hash_for(const Slot& peer, const Announce<Address>& announce,
                         const SwarmContext& context) const;
  template <class Peers>
  PeerPlace update(Peers& peers, PeerPlace place, std::uint64_t hash,
                   const Announce<Address>& announce, Seconds now, const SwarmContext& context);
  template <class Peers>
  std::optional<PeerPlace> oldest_of_full_address(const Peers& peers, const Slot& peer, Seconds now,
                                                  const SwarmContext& context) const;
  template <class Peers>
  Admission make_place(Peers& peers, const Slot& peer, std::uint64_t hash, bool may_replace,
                       Seconds now, Random& random, const SwarmContext& context);
  Admission admit(const Slot& peer, std::uint64_t hash, bool may_replace, Seconds now,
                  Random& random, const SwarmContext& context);
  void check_after_change(const SwarmContext& context) const;

  // An ArrayPeers, a ListPeers, or a pointer to a BucketPeers, as the form says.
  alignas(std::uint32_t) std::array<std::byte, sizeof(ArrayPeers<Address>)> storage_{};
  Form form_ : 7 = Form::absent;
  bool is_proven_ : 1 = false;
  std::uint32_t completed_count_ = 0;
};

// With its info_hash a swarm takes 44 bytes in the map, of which there is one for each torrent.
static_assert(sizeof(Swarm<Ipv4Address>) == 24);
static_assert(sizeof(Swarm<Ipv6Address>) == 48);

extern template class Swarm<Ipv4Address>;
extern template class Swarm<Ipv6Address>;

}  // namespace gyre::swarm
