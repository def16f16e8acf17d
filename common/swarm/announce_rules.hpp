// Rules for announces of every protocol. They use requests and counters of the handlers, and keep
// nothing.
#pragma once

#include <cstring>

#include "common/base/bytes.hpp"
#include "common/base/random.hpp"
#include "common/base/types.hpp"
#include "common/swarm/peer_slot.hpp"
#include "common/swarm/swarm.hpp"

namespace gyre::swarm {

// `Request` has `bytes_left` and `event`. A client that reports `paused` wants no more data (BEP
// 21).
template <class Request>
PeerKind peer_kind_of(const Request& request) {
  if (request.bytes_left == 0) return PeerKind::seeder;
  return request.event == AnnounceEvent::paused ? PeerKind::partial_seed : PeerKind::leecher;
}

// Whether the peer that announced is alone in its swarm.
template <class Address>
bool is_alone(const Announce<Address>& announce, const SwarmCounts& counts,
              std::uint32_t peers_returned) {
  return announce.store && !announce.stopped && peers_returned == 0 &&
         counts.seeder_count + counts.leecher_count == 1;
}

// One peer in compact form: address and port.
template <class Address>
void write_compact(std::byte* out, const PeerAddress<Address>& peer) {
  std::memcpy(out, peer.address.bytes.data(), sizeof(Address));
  store_be(out + sizeof(Address), peer.port);
}

// Seconds until a client is to announce again.
inline std::uint32_t next_interval(std::uint32_t interval_s, std::uint32_t jitter_s,
                                   Random& random) {
  return interval_s + random.below(jitter_s + 1);
}

// Counts how a limit or budget affected the requester's place in the swarm.
template <class Counter, class Metrics>
void count_admission(Admission admission, Family family, Metrics& metrics) {
  switch (admission) {
    case Admission::not_asked:
    case Admission::admitted:
      return;
    case Admission::replaced_oldest:
      return metrics.count(Counter::peers_replaced_in_full_swarm, family);
    case Admission::replaced_address:
      return metrics.count(Counter::peers_replaced_of_address, family);
    case Admission::refused_peer:
      return metrics.count(Counter::peers_refused, family);
    case Admission::refused_torrent:
      return metrics.count(Counter::torrents_refused, family);
  }
}

}  // namespace gyre::swarm
