// Chooses the positions of an array whose peers are returned. Pure arithmetic over positions.
//
// The candidates are seen as a ring that leaves out the requester. It is turned by a random amount,
// cut into equal arcs, and from each arc one short run at a random place is taken. The turn makes
// every candidate exactly equally likely; the arcs make runs disjoint, so no peer is returned
// twice; runs of some cache lines make it cheap in swarms of any size.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>

#include "common/base/random.hpp"
#include "common/swarm/peer_slot.hpp"

namespace gyre::swarm {

inline constexpr std::uint32_t run_length_max = 16;

// Calls visit(first, length) with disjoint runs of positions in [0, size) without `excluded`, in
// all min(wanted, candidates) positions, and returns that number. Runs have at most
// `length_max`, but where all are wanted. If that is 1, some are empty.
template <class Visit>
std::uint32_t sample_runs(std::uint32_t size, std::optional<std::uint32_t> excluded,
                          std::uint32_t wanted, Random& random, Visit visit,
                          std::uint32_t length_max = run_length_max) {
  const std::uint32_t candidates = size - (excluded ? 1 : 0);
  const std::uint32_t count = std::min(wanted, candidates);
  if (count == 0) return 0;
  const std::uint32_t gap = excluded.value_or(size);
  const auto visit_straight = [&](std::uint32_t first, std::uint32_t length) {
    if (first + length <= gap) return visit(first, length);
    if (first >= gap) return visit(first + 1, length);
    visit(first, gap - first);
    visit(gap + 1, length - (gap - first));
  };
  if (count == candidates) {
    visit_straight(0, candidates);
    return count;
  }
  const std::uint32_t turn = random.below(candidates);
  const auto visit_turned = [&](std::uint32_t first, std::uint32_t length) {
    first += turn;
    if (first >= candidates) first -= candidates;
    const std::uint32_t before_end = std::min(length, candidates - first);
    visit_straight(first, before_end);
    if (before_end < length) visit_straight(0, length - before_end);
  };

  // A power of two of them, so that nothing is divided. There are more candidates than peers to
  // return, so the longer runs lie in longer arcs, and every arc holds its run.
  const auto arc_bits = static_cast<std::uint32_t>(std::bit_width((count - 1) / length_max));
  const std::uint32_t arcs = 1U << arc_bits;
  const std::uint32_t arc_min = candidates >> arc_bits;
  const std::uint32_t run_min = count >> arc_bits;
  const std::uint32_t arc_rest = candidates & (arcs - 1);  // so many arcs are longer by one,
  const std::uint32_t run_rest = count & (arcs - 1);       // and so many of their runs
  std::uint32_t first = 0;
  for (std::uint32_t arc = 0; arc < arcs; ++arc) {
    const std::uint32_t arc_length = arc_min + (arc < arc_rest ? 1 : 0);
    const std::uint32_t run_length = run_min + (arc < run_rest ? 1 : 0);
    visit_turned(first + random.below(arc_length - run_length + 1), run_length);
    first += arc_length;
  }
  return count;
}

// Writes a sample of the peers, without the one at `self`, in compact form.
template <class Address>
std::uint32_t sample_array(std::span<const PeerSlot<Address>> peers, std::optional<PeerPlace> self,
                           std::uint32_t wanted, Random& random, std::byte* compact_peers) {
  const auto size = static_cast<std::uint32_t>(peers.size());
  std::optional<std::uint32_t> excluded;
  if (self && self->position < size) excluded = self->position;
  return sample_runs(
      size, excluded, wanted, random,
      [&compact_peers, peers = peers.data()](std::uint32_t first, std::uint32_t length) {
        compact_peers = write_compact<Address>(compact_peers, {peers + first, length});
      });
}

}  // namespace gyre::swarm
