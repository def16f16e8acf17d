// The swarms of one worker: their peers, and the connections by which peers are reached. Randomness
// is an argument.
//
// A peer is what one connection announced: (connection, info_hash, peer_id). It belongs to its
// connection: another one that announces the same peer_id has a peer of its own, so nobody can
// change or remove the peers of others; all peers of a connection disappear with it. A connection
// has at most two peers in one swarm (a page may run two clients over one socket): a third evicts
// the older one.
//
// Not thread-safe. Connections of other workers can have peers here.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "common/base/random.hpp"
#include "common/base/sip_hash.hpp"
#include "common/base/slot_table.hpp"
#include "common/base/types.hpp"
#include "common/limits/address_counts.hpp"
#include "common/swarm/budget.hpp"
#include "common/swarm/downloaders_first.hpp"
#include "common/swarm/swarm.hpp"
#include "ws/config.hpp"
#include "ws/connection_ref.hpp"
#include "ws/counters.hpp"
#include "ws/index_table.hpp"

namespace gyre::ws {

// Refers to one peer: once that is gone, the handle finds nothing.
struct PeerHandle {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  bool operator==(const PeerHandle&) const = default;
};

// Peers of both families share a swarm, unless the operator separates them.
struct SwarmId {
  InfoHash info_hash;
  std::uint8_t part = 0;
  bool operator==(const SwarmId&) const = default;
};

struct Announced {
  // Or what it is counted as, if it was refused: refused_peer and refused_torrent when a budget is
  // exhausted, the others when the swarm, the connection or the address has its maximum of peers.
  std::expected<PeerHandle, Counter> peer;
  std::optional<ConnectionRef> has_same_id{};  // another connection with the same peer_id

  bool exceeds_budget() const {
    return !peer &&
           (peer.error() == Counter::refused_peer || peer.error() == Counter::refused_torrent);
  }
};

class Swarms {
 public:
  // `addresses` null: an address may have any number of peers.
  // REQUIRES: the budget and the addresses outlive it.
  Swarms(const SipKey& secret, const LimitsConfig& limits, limits::AddressCounts* addresses,
         swarm::Budget& budget);
  Swarms(const Swarms&) = delete;
  Swarms& operator=(const Swarms&) = delete;
  ~Swarms();

  // Stores or updates the sender's peer. `completed` counts if it was a leecher.
  Announced announce(const SwarmId& id, const Sender& sender, const PeerId& peer_id, bool is_seeder,
                     bool completed);
  // Removes a peer of the network (IPv4 /24, IPv6 /48) that has most of them, as a sample shows, to
  // make place for another one. False: there is none.
  bool evict_peer(Random& random);
  // No effect if this connection has no such peer.
  void stop(const SwarmId& id, const ConnectionRef& connection, const PeerId& peer_id);
  // Removes all peers of a connection.
  void forget(const ConnectionRef& connection);
  // Removes all peers of a torrent.
  void drop(const SwarmId& id);

  std::optional<PeerHandle> find(const SwarmId& id, const ConnectionRef& connection,
                                 const PeerId& peer_id);

  // REQUIRES of the next two: has(handle). References are valid until the next change.
  bool has(PeerHandle handle);
  const PeerId& peer_id_of(PeerHandle handle);
  const ConnectionRef& connection_of(PeerHandle handle);

  // Zeros for an unknown swarm.
  swarm::SwarmCounts counts(const SwarmId& id);

  bool has_peers(const ConnectionRef& connection) { return find_member(connection) != none; }

  // Chooses other peers of the swarm for this one, uniformly and without repetition, never one of
  // the same peer_id; for a seeder only leechers. As far as possible they are on different
  // connections, and at most an eighth of `chosen` are of one address (over IPv6: one /64). Of a
  // swarm above 64 peers, never more of one address or network than their shares of `chosen`
  // (swarm/shares.hpp). Returns their number, at most `chosen.size()`.
  std::size_t choose_others(PeerHandle handle, Random& random, std::span<PeerHandle> chosen);

  std::uint64_t peer_count() const { return peer_count_; }
  std::uint64_t seeder_count() const { return seeder_count_; }
  std::uint32_t torrent_count() const { return by_id_.size(); }

  // Calls visit(SwarmId) for the swarms in `count` slots from `from` on; visit may drop the swarm.
  // False: there are no more slots.
  template <class Visit>
  bool visit_some(std::uint32_t from, std::uint32_t count, Visit visit) {
    for (std::uint32_t i = from; i < from + count && i < swarms_.size(); ++i) {
      if (swarms_[i].in_use) visit(SwarmId(swarms_[i].id));
    }
    return from + count < swarms_.size();
  }

  // In full, for tests: O(peers). What costs O(1) is checked with every change.
  void check_invariants();

 private:
  using Index = std::uint32_t;
  static constexpr Index none = ~Index{0};

  struct Peer {
    PeerId id;
    Index generation = 0;
    Index member = none;  // of its connection; none: the slot is free
    Index swarm = none;
    Index position = 0;     // in Swarm::peers
    Index previous = none;  // in the list of its connection's peers
    Index next = none;
  };
  static_assert(sizeof(Peer) == 44, "of which an idle connection has one or more");

  struct Swarm {
    SwarmId id;
    bool in_use = false;
    bool has_many_clients = false;   // of different addresses, since it was last empty
    bool has_many_networks = false;  // and of different networks
    swarm::DownloadersFirst<std::uint32_t> order{};  // of `peers`
    std::uint32_t completed_count = 0;
    std::uint32_t double_count = 0;  // connections with two peers in it
    std::uint64_t client = 0;        // limits::client_key() of the first peer
    std::vector<Index> peers;

    std::uint32_t peer_count() const { return order.peers; }
    swarm::PeerKind kind_of(const Peer& peer) const {
      return peer.position < order.downloaders ? swarm::PeerKind::leecher : swarm::PeerKind::seeder;
    }
  };

  // A connection with peers.
  struct Member {
    Sender sender;
    std::uint64_t client = 0;  // limits::client_key() of the address
    Index first = none;
    std::uint32_t peer_count = 0;
  };
  // A table of items with a list of free ones.
  template <class Item>
  struct Pool : SlotTable<Item> {
    std::vector<Index> free;
    Index acquire();
  };

  std::uint32_t hash_of(const SwarmId& id) const;
  std::uint32_t hash_of(const ConnectionRef& connection) const;
  std::uint32_t hash_of(Index member, Index swarm) const;
  std::uint32_t hash_of(Index swarm, const PeerId& peer_id) const;

  Index find_swarm(const SwarmId& id);
  Index find_member(const ConnectionRef& connection);
  Index find_peer(Index member, Index swarm, const PeerId& peer_id);
  // The peers of one connection in one swarm; none in the places that are not filled.
  std::array<Index, 2> find_pair(Index member, Index swarm);
  Index older_of(const std::array<Index, 2>& pair);

  std::optional<Counter> refusal_of(Index swarm, Index member, const ClientAddress& address);
  Index add_swarm(const SwarmId& id);
  Index add_member(const Sender& sender);
  Index add_peer(Index swarm, Index member, const PeerId& peer_id);
  void enter(Swarm& swarm, Index peer, swarm::PeerKind kind);
  void leave(Swarm& swarm, Index peer);
  void remove(Index peer);
  void remove_if_empty(Index swarm);
  std::optional<ConnectionRef> make_newest(Index peer);
  void place(Swarm& swarm, std::uint32_t position, Index peer);
  // Of the peers that get one's offers.
  struct ChoiceLimits {
    bool other_connections = true;  // at most one peer of each
    std::uint32_t address_max = std::numeric_limits<std::uint32_t>::max();
    std::uint32_t network_max = std::numeric_limits<std::uint32_t>::max();
  };
  static ChoiceLimits limits_of(const Swarm& swarm, std::uint32_t wanted);
  bool fits_beside(std::span<const PeerHandle> chosen, const Peer& peer,
                   const ChoiceLimits& limits);
  void check_counts() const;  // the part of check_invariants() that costs O(1)
  void check_swarm(Index index);
  void check_member(Index index);

  SipKey secret_;
  LimitsConfig limits_;
  limits::AddressCounts* addresses_;
  swarm::Budget& budget_;
  Pool<Peer> peers_;
  Pool<Swarm> swarms_;
  Pool<Member> members_;
  IndexTable by_id_;          // swarms
  IndexTable by_connection_;  // members
  IndexTable by_key_;         // peers by (connection, swarm), at most two each
  IndexTable by_peer_id_;     // the newest peer of each (swarm, peer_id)
  std::uint64_t peer_count_ = 0;
  std::uint64_t seeder_count_ = 0;
};

}  // namespace gyre::ws
