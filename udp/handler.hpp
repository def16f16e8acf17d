// Policy of the UDP tracker: who is answered, and what. Between the codec and the swarms: it takes
// a parsed request and its source, and writes the response through the codec. It knows no sockets
// and no rings; time is set by the worker once per turn.
//
// Rules: whoever has not shown a valid connection id gets nothing but a connection id. A peer is
// the source address and the announced port. See BEP 15.
//
// Threading: one handler for each worker.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "common/base/random.hpp"
#include "common/swarm/access_list.hpp"
#include "common/swarm/swarm_map.hpp"
#include "udp/connection_id.hpp"
#include "udp/counters.hpp"
#include "udp/protocol.hpp"

namespace gyre::udp {

struct HandlerOptions {
  std::uint32_t max_scrape_torrents = scrape_hashes_max;
  std::uint32_t max_response_peers = 100;
  std::uint32_t announce_interval_s = 1800;
  std::uint32_t announce_jitter_s = 180;
  std::uint32_t max_payload_ipv4 = 1452;  // bytes
  std::uint32_t max_payload_ipv6 = 1232;
  bool echo_lone_peer = false;
};

class Handler {
 public:
  // The swarms and the metrics must outlive it.
  Handler(const HandlerOptions& options, swarm::SwarmMaps& swarms, const ConnectionIds& ids,
          Random random, WorkerMetrics& metrics);

  void set_time(Seconds now, std::uint64_t unix_seconds);
  // The list is made under the hash secret of the swarms.
  void set_access_list(std::shared_ptr<const swarm::AccessList> list);

  // What has been found out about a datagram before it is handled.
  struct Prepared {
    std::expected<RequestKind, ParseError> kind = std::unexpected(ParseError::too_short);
    bool peers_are_distant = false;  // an announce whose swarm is worth fetching ahead
    std::uint64_t swarm_hash = 0;    // of an announce
    std::uint64_t random_seed = 0;   // for its answer
    std::uint64_t peer_hash = 0;     // of who announces, if prefetch_peers() has made it
  };

  // A datagram is handled in four steps, each a while after the one before, so that the memory of
  // its swarm has come from afar when it is needed. A worker prepares all datagrams of a turn.
  template <class Address>
  Prepared prepare(std::span<const std::byte> datagram);

  // Starts to fetch the swarm that an announce is about.
  template <class Address>
  void prefetch_swarm(std::span<const std::byte> datagram, const Prepared& prepared) const {
    if (prepared.kind != RequestKind::announce) return;
    swarms_.of<Address>().prefetch({info_hash_of_announce(datagram), prepared.swarm_hash});
  }

  // Starts to fetch the peers that the answer will name, and completes `prepared`. Requires:
  // prepared.peers_are_distant.
  template <class Address>
  void prefetch_peers(std::span<const std::byte> datagram, Prepared& prepared,
                      const PeerAddress<Address>& source) const;

  // Writes the response to `out` (response_size_max bytes) and returns its size, 0 for none. Counts
  // the datagram, the request, and the response or the reason why there is none.
  template <class Address>
  std::size_t handle(std::span<const std::byte> datagram, const Prepared& prepared,
                     const PeerAddress<Address>& source, std::span<std::byte> out);

  // Counts a datagram that cannot be handled because there is no room for its response.
  void drop_for_want_of_room(std::span<const std::byte> datagram, Family family);

 private:
  template <class Address>
  std::size_t connect(const ConnectRequest& request, const PeerAddress<Address>& source,
                      std::span<std::byte> out);
  template <class Address>
  std::size_t announce(std::span<const std::byte> datagram, const Prepared& prepared,
                       const PeerAddress<Address>& source, std::span<std::byte> out);
  template <class Address>
  swarm::Announce<Address> announce_of(const AnnounceRequest& request, const Prepared& prepared,
                                       const PeerAddress<Address>& source) const;
  template <class Address>
  std::size_t scrape(const ScrapeRequest& request, const PeerAddress<Address>& source,
                     std::span<std::byte> out);
  void count_datagram(std::span<const std::byte> datagram, Family family);
  std::size_t error(TransactionId transaction_id, Family family, std::string_view message,
                    std::span<std::byte> out);
  std::size_t drop(Counter reason, Family family);
  std::size_t max_payload(Family family) const;
  template <class Address>
  std::uint32_t peers_wanted(const AnnounceRequest& request) const;

  HandlerOptions options_;
  std::array<std::uint32_t, family_count> peers_given_max_;  // that a response of a family holds
  swarm::SwarmMaps& swarms_;
  ConnectionIds ids_;
  Random random_;
  WorkerMetrics& metrics_;
  std::shared_ptr<const swarm::AccessList> access_list_;
  Seconds now_ = 0;
};

}  // namespace gyre::udp
