// The policy of the UDP tracker: who gets a response, and which. Takes a datagram and its source,
// asks the swarms, and writes the response. Neither sockets nor clocks: the worker sets the time
// once per turn.
//
// A client that has not presented a valid connection id gets nothing but a connection id. A peer is
// the source address and the announced port (BEP 15); only trusted clients name another address.
//
// Threading: one handler per worker.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "common/base/address_class.hpp"
#include "common/base/random.hpp"
#include "common/limits/deny_lists.hpp"
#include "common/net/network_list.hpp"
#include "common/swarm/access_list.hpp"
#include "common/swarm/swarm_maps.hpp"
#include "udp/client_rates.hpp"
#include "udp/config.hpp"
#include "udp/connection_id.hpp"
#include "udp/counters.hpp"
#include "udp/protocol.hpp"

namespace gyre::udp {

class Handler {
 public:
  // REQUIRES: swarms and metrics outlive it.
  Handler(const ProtocolConfig& config, swarm::SwarmMaps& swarms, const ConnectionIds& ids,
          Random random, WorkerMetrics& metrics, ClientRates rates = ClientRates());

  // The same moment by three clocks. REQUIRES: `now` and `now_ns` never decrease.
  void set_time(Seconds now, std::uint64_t unix_seconds, std::uint64_t now_ns);
  // From now on clients are told this interval, plus jitter.
  void set_announce_interval(Seconds interval) { config_.peer_announce_interval = interval; }
  // REQUIRES: the list was built with the hash secret of the swarms.
  void set_access_list(std::shared_ptr<const swarm::AccessList> list);
  void set_deny_lists(std::shared_ptr<const limits::DenyLists> lists);
  // At the beginning of an interval of OverloadLevel.
  void set_overload(unsigned level) { rates_.set_overload(level); }

  // Clients of these networks may name the address of the peer, as those on loopback do.
  void trust_ip_field(net::NetworkList networks) { trusted_networks_ = std::move(networks); }

  // What is known about a datagram before it is handled.
  struct Prepared {
    std::expected<Action, ParseError> action = std::unexpected(ParseError::wrong_size);
    AddressClass source_class = AddressClass::public_;
    limits::BucketKey client = {};
    bool should_prefetch_peers = false;  // an announce, of swarms that exceed the caches
    std::uint64_t swarm_hash = 0;        // of an announce
    std::uint64_t random_seed = 0;       // for the choice of peers in its response
    std::uint64_t peer_hash = 0;         // of the announcing peer, once prefetch_peers() was called
  };

  // A datagram is handled in four steps, some time apart, so that its swarm is in the cache when it
  // is needed. The worker prepares all datagrams of a turn first.
  template <class Address>
  Prepared prepare(std::span<const std::byte> datagram, const Address& source);

  // Prefetches the swarm of an announce.
  template <class Address>
  void prefetch_swarm(std::span<const std::byte> datagram, const Prepared& prepared) const {
    if (prepared.action != Action::announce) return;
    swarms_.of<Address>(prepared.source_class)
        .prefetch({info_hash_of_announce(datagram), prepared.swarm_hash});
  }

  // Prefetches the peers that the response will contain, and completes `prepared`.
  // REQUIRES: prepared.should_prefetch_peers.
  template <class Address>
  void prefetch_peers(std::span<const std::byte> datagram, Prepared& prepared,
                      const PeerAddress<Address>& source) const;

  // Writes the response to `out` and returns its size, 0 for none. Counts the datagram, the
  // request, and the response or the reason for having none.
  // REQUIRES: `out` has the bytes of the family's max_payload.
  template <class Address>
  std::size_t handle(std::span<const std::byte> datagram, const Prepared& prepared,
                     const PeerAddress<Address>& source, std::span<std::byte> out);

  // Counts a datagram that is dropped because all reply slots are in use.
  void drop_without_reply_slot(std::span<const std::byte> datagram, Family family);

 private:
  template <class Address>
  std::size_t connect(const ConnectRequest& request, const Prepared& prepared,
                      const PeerAddress<Address>& source, std::span<std::byte> out);
  template <class Address>
  std::size_t announce(std::span<const std::byte> datagram, const Prepared& prepared,
                       const PeerAddress<Address>& source, std::span<std::byte> out);
  template <class Address>
  swarm::Announce<Address> announce_of(const AnnounceRequest& request, const Prepared& prepared,
                                       const PeerAddress<Address>& source) const;
  bool may_name_address(Ipv4Address source, const Prepared& prepared) const;
  template <class Address>
  std::size_t scrape(const ScrapeRequest& request, const Prepared& prepared,
                     const PeerAddress<Address>& source, std::span<std::byte> out);
  template <class Address>
  bool may_ask(ConnectionId id, const Prepared& prepared, const Address& source);
  void count_datagram(std::span<const std::byte> datagram, Family family);
  std::size_t error(TransactionId transaction_id, Counter reason, Family family,
                    std::string_view message, std::span<std::byte> out);
  std::size_t drop(Counter reason, Family family);
  std::size_t max_payload(Family family) const;
  template <class Address>
  std::uint32_t peers_wanted(const AnnounceRequest& request) const;

  ProtocolConfig config_;
  std::array<std::uint32_t, family_count> response_peers_max_;  // by family
  swarm::SwarmMaps& swarms_;
  ConnectionIds ids_;
  net::NetworkList trusted_networks_;
  ClientRates rates_;
  Random random_;
  WorkerMetrics& metrics_;
  std::shared_ptr<const swarm::AccessList> access_list_;
  std::shared_ptr<const limits::DenyLists> deny_lists_;
  Seconds now_ = 0;
};

}  // namespace gyre::udp
