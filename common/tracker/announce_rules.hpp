// Rules about announces that hold whatever protocol they came by. Between the handlers, which have
// requests and counters of their own, and the swarms; it keeps nothing.
#pragma once

#include "common/swarm/peer_slot.hpp"
#include "common/swarm/swarm.hpp"
#include "common/types.hpp"

namespace gyre::tracker {

// `Request` has `bytes_left` and `event`. Who is said to be paused wants no more (BEP 21).
template <class Request>
swarm::PeerKind peer_kind_of(const Request& request) {
  if (request.bytes_left == 0) return swarm::PeerKind::seeder;
  return request.event == AnnounceEvent::paused ? swarm::PeerKind::partial_seed
                                                : swarm::PeerKind::leecher;
}

// Counts what became of the requester's place in the swarm, if a limit or budget had a say.
template <class Counter, class Metrics>
void count_admission(swarm::Admission admission, Family family, Metrics& metrics) {
  switch (admission) {
    case swarm::Admission::not_asked:
    case swarm::Admission::admitted:
      return;
    case swarm::Admission::replaced_oldest:
      return metrics.count(Counter::peers_replaced_in_full_swarm, family);
    case swarm::Admission::replaced_address:
      return metrics.count(Counter::peers_replaced_of_address, family);
    case swarm::Admission::refused_peer:
      return metrics.count(Counter::peers_refused, family);
    case swarm::Admission::refused_torrent:
      return metrics.count(Counter::torrents_refused, family);
  }
}

}  // namespace gyre::tracker
