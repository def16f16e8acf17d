// Which positions of an array a requester is told of. Pure arithmetic over positions.
//
// The candidates are seen as a ring. It is turned by a random amount, cut into equal arcs, and from
// each arc one short run at a random place is taken. The turn makes every candidate exactly equally
// likely; the arcs make runs disjoint, so nobody is given twice; runs of a cache line's worth of
// peers make it cheap in swarms of any size.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "common/random.hpp"

namespace gyre::swarm {

inline constexpr std::uint32_t run_length_max = 8;

// Calls visit(first, length) with disjoint runs of positions in [0, size) without `excluded`, in
// all min(wanted, candidates) positions, and returns that number.
template <class Visit>
std::uint32_t sample_runs(std::uint32_t size, std::optional<std::uint32_t> excluded,
                          std::uint32_t wanted, Random& random, Visit visit) {
  const std::uint32_t candidates = size - (excluded ? 1 : 0);
  const std::uint32_t count = std::min(wanted, candidates);
  if (count == 0) return 0;

  // The ring begins after the excluded position; turned, a run may wrap around its end.
  const std::uint32_t ring_start = excluded ? *excluded + 1 : 0;
  const auto visit_straight = [&](std::uint32_t first, std::uint32_t length) {
    first += ring_start;
    if (first >= size) first -= size;
    const std::uint32_t before_end = std::min(length, size - first);
    visit(first, before_end);
    if (before_end < length) visit(std::uint32_t{0}, length - before_end);
  };
  const std::uint32_t turn = random.below(candidates);
  const auto visit_turned = [&](std::uint32_t first, std::uint32_t length) {
    first += turn;
    if (first >= candidates) first -= candidates;
    const std::uint32_t before_end = std::min(length, candidates - first);
    visit_straight(first, before_end);
    if (before_end < length) visit_straight(0, length - before_end);
  };

  // Arcs must hold the longest run; nearly whole rings are taken in one.
  std::uint32_t arcs = (count + run_length_max - 1) / run_length_max;
  if (candidates < count + arcs) arcs = 1;
  const auto border = [arcs](std::uint32_t total, std::uint32_t arc) {
    return static_cast<std::uint32_t>(std::uint64_t{total} * arc / arcs);
  };
  for (std::uint32_t arc = 0; arc < arcs; ++arc) {
    const std::uint32_t first = border(candidates, arc);
    const std::uint32_t arc_length = border(candidates, arc + 1) - first;
    const std::uint32_t run_length = border(count, arc + 1) - border(count, arc);
    visit_turned(first + random.below(arc_length - run_length + 1), run_length);
  }
  return count;
}

}  // namespace gyre::swarm
