#include "common/swarm/swarm_maps.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace gyre::swarm {
namespace {

// Enough that a network with a tenth of all torrents rarely seems to have more than one with a
// third.
constexpr std::size_t candidates_max = 64;
// A network is a large holder if it holds so large a part of them; as long as there is room, others
// lose nothing.
constexpr std::size_t large_part = 16;

using Candidates = std::span<const EvictionCandidate>;

// Those of the network that has most. Networks that have as many are equally likely.
Candidates of_largest_holder(std::span<EvictionCandidate> candidates, Random& random) {
  const std::uint64_t order = random.next() | 1;
  std::ranges::sort(candidates, {}, [order](const auto& one) { return one.holder * order; });
  Candidates largest;
  for (auto first = candidates.begin(); first != candidates.end();) {
    const auto end = std::find_if(first, candidates.end(), [first](const auto& other) {
      return other.holder != first->holder;
    });
    if (static_cast<std::size_t>(end - first) > largest.size()) largest = {first, end};
    first = end;
  }
  return largest;
}

// Unproven torrents of the largest holder. If it holds few of them and another holds many proven
// ones, that has proved its own by two networks: then those.
Candidates choose_victims(std::span<EvictionCandidate> candidates, Random& random) {
  const auto proven =
      std::ranges::partition(candidates, std::not_fn(&EvictionCandidate::is_proven));
  const std::size_t unproven_count = candidates.size() - proven.size();
  const Candidates unproven = of_largest_holder(candidates.first(unproven_count), random);
  if (unproven.size() * large_part >= candidates.size()) return unproven;
  const Candidates large = of_largest_holder(proven, random);
  return large.size() * large_part >= candidates.size() ? large : unproven;
}

}  // namespace

bool SwarmMaps::make_place(Admission admission, Random& random) {
  const bool is_refused = admission >= Admission::refused_peer;
  return (is_refused || budget.must_evict(random)) && evict_torrent(is_refused, random) &&
         is_refused;
}

bool SwarmMaps::evict_torrent(bool from_anybody, Random& random) {
  std::array<EvictionCandidate, candidates_max> sampled;
  const std::uint64_t ipv4_count = ipv4.estimated_torrent_count();
  const std::uint64_t ipv6_count = ipv6.estimated_torrent_count();
  if (ipv4_count + ipv6_count == 0) return false;
  // As many of each family as it has torrents, but one at least.
  const std::size_t ipv4_part = ipv4_count * candidates_max / (ipv4_count + ipv6_count);
  const std::size_t ipv4_max = std::clamp<std::size_t>(ipv4_part, 1, candidates_max - 1);
  std::size_t count = ipv4.sample_candidates(random, std::span(sampled).first(ipv4_max));
  count +=
      ipv6.sample_candidates(random, std::span(sampled).subspan(count, candidates_max - ipv4_max));
  const Candidates victims = choose_victims(std::span(sampled).first(count), random);
  if (victims.empty() || (!from_anybody && victims.size() * large_part < count)) return false;
  const auto& victim = victims[random.below(static_cast<std::uint32_t>(victims.size()))];
  const bool is_ipv4 = (victim.holder & 1) == 0;
  const bool evicted = is_ipv4 ? ipv4.evict(victim.key) : ipv6.evict(victim.key);
  if (evicted) evicted_torrent_count_.fetch_add(1, std::memory_order_relaxed);
  return evicted;
}

}  // namespace gyre::swarm
