// The order of the peers of a swarm: downloaders first, then those who want no more data (BEP 21).
// Seeders need no other seeders, and what they are returned is a sample of the first positions.
//
// Counts peers and says where they go; the owner has them in an array of some kind and moves them.
// A `move(from, to)` copies a peer to a position whose own peer has been moved away or has left.
#pragma once

#include <cstdint>

#include "common/base/check.hpp"
#include "common/swarm/peer_slot.hpp"

namespace gyre::swarm {

// `Count` holds as many peers as the owner has room for.
template <class Count>
struct DownloadersFirst {
  Count peers = 0;
  Count downloaders = 0;  // at the positions below it
  Count seeders = 0;

  // Those a peer of that kind may be returned are at the positions below it.
  std::uint32_t pool_of(PeerKind kind) const { return is_downloader(kind) ? peers : downloaders; }

  // Counts a new peer and returns its position.
  template <class Move>
  std::uint32_t insert(PeerKind kind, Move move) {
    DCHECK(downloaders <= peers);
    const std::uint32_t end = peers++;
    if (kind == PeerKind::seeder) ++seeders;
    if (!is_downloader(kind)) return end;
    const std::uint32_t border = downloaders++;
    if (border != end) move(border, end);
    return border;
  }

  // The peer of that kind has left its position: others fill the gap, and the last one is free.
  template <class Move>
  void erase(std::uint32_t position, PeerKind kind, Move move) {
    DCHECK(position < peers);
    DCHECK(is_downloader(kind) == (position < downloaders));
    if (kind == PeerKind::seeder) --seeders;
    if (is_downloader(kind)) {
      const std::uint32_t border = --downloaders;
      if (position != border) move(border, position);
      position = border;
    }
    const std::uint32_t end = --peers;
    if (position != end) move(end, position);
  }

  // The peer at that position has become another kind. Returns where it belongs, which is the
  // position of a peer that belongs where it was, or its own.
  std::uint32_t change(std::uint32_t position, PeerKind from, PeerKind to) {
    DCHECK(is_downloader(from) == (position < downloaders));
    if (from == PeerKind::seeder) --seeders;
    if (to == PeerKind::seeder) ++seeders;
    if (is_downloader(from) == is_downloader(to)) return position;
    return is_downloader(to) ? downloaders++ : --downloaders;
  }

  // Counts again; `kind_at(position)` is the kind of the peer there. Behind the peers are `surplus`
  // more in no order, of which `seeders` includes the seeders.
  template <class KindAt>
  void check_invariants(KindAt kind_at, std::uint32_t surplus = 0) const {
    std::uint32_t seeders_seen = 0;
    for (std::uint32_t position = 0; position < peers + surplus; ++position) {
      CHECK(position >= peers || is_downloader(kind_at(position)) == (position < downloaders));
      if (kind_at(position) == PeerKind::seeder) ++seeders_seen;
    }
    CHECK(seeders_seen == seeders);
  }
};

}  // namespace gyre::swarm
