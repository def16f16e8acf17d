// The peers of one torrent in one address family. Takes values and returns values: time, randomness
// and what all swarms share are arguments; it knows no sockets, configuration or locks.
//
// Most swarms have one or two peers, which lie in the object itself. Up to `array_max` they lie in
// one array, those who want data before those who do not, and are found by scanning; more are a
// LargeSwarm.
//
// Lifetime: a swarm is moved by copying its bytes, as OpenTable does; so it has no destructor, and
// its owner calls clear() before it forgets it.
//
// Invariant: a peer, that is an address and port, is in a swarm at most once.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <span>

#include "common/base/random.hpp"
#include "common/base/types.hpp"
#include "common/swarm/context.hpp"
#include "common/swarm/large_swarm.hpp"
#include "common/swarm/peer_slot.hpp"
#include "common/swarm/unaligned_pointer.hpp"

namespace gyre::swarm {

// What a scrape tells.
struct SwarmCounts {
  std::uint32_t seeder_count = 0;
  std::uint32_t leecher_count = 0;
  std::uint32_t completed_count = 0;  // peers that were seen as leechers and then completed
};

template <class Address>
struct Announce {
  PeerAddress<Address> peer;
  PeerKind kind = PeerKind::leecher;
  bool stopped = false;    // removes the peer; it is told of nobody
  bool completed = false;  // the client says that it has just finished
  bool store = true;       // false: answered, but others are not told of it
  std::uint32_t peers_wanted = 0;
  std::uint64_t peer_hash = 0;  // what a prefetch() of the same announce returned; 0: unknown
};

// What became of the wish to be stored.
enum class Admission : std::uint8_t {
  not_asked,         // known already, stopped, or not to be stored
  admitted,          //
  replaced_oldest,   // the swarm was full: its oldest peer gave way
  replaced_address,  // the address had as many peers as it may: its oldest one gave way
  refused_peer,      // the tracker has as many peers as it may
  refused_torrent,   // the tracker has as many torrents as it may
};

template <class Address>
class Swarm {
 public:
  using Slot = PeerSlot<Address>;

  Swarm() = default;

  // A swarm without peers, as opposed to none at all.
  static Swarm empty();
  bool is_absent() const { return form_ == Form::absent; }
  bool is_large() const { return form_ == Form::large; }

  std::uint32_t peer_count() const {
    return form_ == Form::large ? large().peer_count() : peer_count_;
  }
  // Inline: returned by a call, processors would wait for its three numbers as for one.
  [[gnu::always_inline]] SwarmCounts counts() const {
    const std::uint32_t seeders = form_ == Form::large ? large().seeder_count() : seeder_count_;
    return {.seeder_count = seeders,
            .leecher_count = peer_count() - seeders,
            .completed_count = completed_count_};
  }

  struct Outcome {
    std::uint32_t compact_peer_count = 0;
    Admission admission = Admission::not_asked;
  };
  // Finds the peer, removes or updates it, chooses others for it, then stores it if it is new and
  // there is room. Writes the others in compact form to `compact_peers`, which holds `peers_wanted`
  // of them.
  Outcome announce(const Announce<Address>& announce, Seconds now, Random& random,
                   const SwarmContext& context, std::span<std::byte> compact_peers);

  // Starts to fetch what announce() will read, if `random` is in the same state then. Returns its
  // `peer_hash`, so that it is not made again; 0 if none was needed.
  std::uint64_t prefetch(const Announce<Address>& announce, const Random& random,
                         const SwarmContext& context) const;

  // Removes expired peers, of a large swarm some at a time: true as long as there is more to do.
  bool expire_some(ExpiryPosition& position, Seconds now, Seconds max_age_s,
                   const SwarmContext& context);

  // Forgets all peers and frees their memory; absent afterwards.
  void clear(const SwarmContext& context);

 private:
  // A scan over so few slots, four cache lines of IPv4 peers, is cheaper than a keyed hash.
  static constexpr std::uint32_t array_max = 32;
  static constexpr std::uint32_t array_again_max = array_max / 2;  // where a large one is scanned
  static constexpr std::uint32_t inline_max = 2;

  enum class Form : std::uint8_t { absent, array, large };
  using SameAddress = typename LargeSwarm<Address>::SameAddress;

  LargeSwarm<Address>& large() {
    static_assert(sizeof(LargeSwarm<Address>) <= inline_max * sizeof(Slot));
    static_assert(alignof(LargeSwarm<Address>) <= alignof(std::uint16_t));
    return *std::launder(reinterpret_cast<LargeSwarm<Address>*>(storage_.data()));
  }
  const LargeSwarm<Address>& large() const { return const_cast<Swarm*>(this)->large(); }

  // Of an array, which lies in the object itself if it is that short.
  static std::uint32_t array_capacity(std::uint32_t peers);
  Slot* array() {
    static_assert(alignof(Slot) <= alignof(std::uint32_t));
    if (peer_count_ <= inline_max) return reinterpret_cast<Slot*>(storage_.data());
    return load_pointer<Slot>(storage_.data());
  }
  const Slot* array() const { return const_cast<Swarm*>(this)->array(); }
  std::span<Slot> array_peers() { return {array(), peer_count_}; }
  void resize_array(std::uint32_t peers);
  void array_insert(const Slot& peer);
  void array_erase(std::uint32_t position);
  std::uint32_t array_replace(std::uint32_t position, PeerState state);
  void make_large(const SwarmContext& context);
  void make_array();

  // Under which a large swarm has the peer; 0 for an array, which is scanned.
  std::uint64_t hash_in_large(const Slot& peer, const Announce<Address>& announce,
                              const SwarmContext& context) const;
  std::optional<PeerPlace> find(const Slot& peer, std::uint64_t hash);
  void insert(const Slot& peer, std::uint64_t hash, const SwarmContext& context);
  void erase(PeerPlace place, const SwarmContext& context);
  PeerPlace update(PeerPlace place, std::uint64_t hash, const Announce<Address>& announce,
                   Seconds now, const SwarmContext& context);
  Admission admit(const Slot& peer, std::uint64_t hash, Seconds now, Random& random,
                  const SwarmContext& context);
  SameAddress same_address(const Slot& peer, Seconds now, const SwarmContext& context);
  PeerPlace oldest(Seconds now, Random& random);
  std::optional<PeerPlace> oldest_of_full_part(std::uint64_t hash, Seconds now, Random& random);
  std::uint32_t choose_peers(std::optional<PeerPlace> self, PeerKind kind, std::uint32_t wanted,
                             Random& random, std::span<std::byte> compact_peers) const;

  std::uint32_t completed_count_ = 0;
  Form form_ = Form::absent;
  // Of an array:
  std::uint8_t peer_count_ = 0;
  std::uint8_t wanting_count_ = 0;  // the first peers of the array: those who want data
  std::uint8_t seeder_count_ = 0;
  // Two peers, a pointer to the array, or a LargeSwarm, which is moved by copying its bytes too.
  std::array<std::byte, inline_max * sizeof(Slot)> storage_{};
};

// With its info_hash a swarm takes 44 bytes in the map, of which there is one for each torrent.
static_assert(sizeof(Swarm<Ipv4Address>) == 24);
static_assert(sizeof(Swarm<Ipv6Address>) == 48);

extern template class Swarm<Ipv4Address>;
extern template class Swarm<Ipv6Address>;

}  // namespace gyre::swarm
