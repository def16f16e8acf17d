// Which positions of an array a requester is told of. Pure arithmetic over positions.
//
// The candidates are seen as a ring that leaves out the requester. It is turned by a random amount,
// cut into equal arcs, and from each arc one short run at a random place is taken. The turn makes
// every candidate exactly equally likely; the arcs make runs disjoint, so nobody is given twice;
// runs of some cache lines make it cheap in swarms of any size.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "common/random.hpp"

namespace gyre::swarm {

inline constexpr std::uint32_t run_length_max = 16;

// Calls visit(first, length) with disjoint runs of positions in [0, size) without `excluded`, in
// all min(wanted, candidates) positions, and returns that number. Runs have at most
// `length_max`, but where nearly all are wanted.
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

  // Arcs must hold the longest run; nearly whole rings are taken in one.
  std::uint32_t arcs = (count + length_max - 1) / length_max;
  if (candidates < count + arcs) arcs = 1;
  const std::uint32_t arc_min = candidates / arcs;
  const std::uint32_t run_min = count / arcs;
  std::uint32_t arc_rest = candidates % arcs;  // so many arcs are longer by one,
  std::uint32_t run_rest = count % arcs;       // and so many of their runs: never more of these
  std::uint32_t first = 0;
  for (std::uint32_t arc = 0; arc < arcs; ++arc) {
    const std::uint32_t arc_length = arc_min + (arc_rest > 0 ? 1 : 0);
    const std::uint32_t run_length = run_min + (run_rest > 0 ? 1 : 0);
    visit_turned(first + random.below(arc_length - run_length + 1), run_length);
    first += arc_length;
    arc_rest -= arc_rest > 0 ? 1 : 0;
    run_rest -= run_rest > 0 ? 1 : 0;
  }
  return count;
}

}  // namespace gyre::swarm
