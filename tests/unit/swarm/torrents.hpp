// Torrents by number, and announces to a map by info_hash alone; the map's own callers pass the
// hash of the info_hash along.
#pragma once

#include "common/base/bytes.hpp"
#include "common/swarm/swarm_map.hpp"

namespace gyre::swarm::test {

inline InfoHash torrent(std::uint32_t number) {
  InfoHash info_hash;
  store_be(info_hash.bytes.data() + 16, number);
  return info_hash;
}

template <class Address>
AnnounceOutcome announce(SwarmMap<Address>& map, const InfoHash& info_hash,
                         const Announce<Address>& announce, Seconds now, Random& random,
                         std::span<std::byte> compact_peers = {}) {
  const SwarmKey key = map.key(info_hash);
  map.prefetch(key);
  auto prepared = announce;
  const std::uint64_t peer_hash = map.prefetch_peers(key, announce, random);
  if (announce.peer.port % 2 == 0) prepared.peer_hash = peer_hash;  // which is up to the caller
  return map.announce(key, prepared, now, random, compact_peers);
}

}  // namespace gyre::swarm::test
