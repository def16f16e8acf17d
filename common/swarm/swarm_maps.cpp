#include "common/swarm/swarm_maps.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <numeric>

#include "common/base/largest_group.hpp"

namespace gyre::swarm {
namespace {

// Enough that a network with a tenth of all torrents hardly ever seems to have more than one with a
// third.
constexpr std::size_t candidates_max = 128;
// A network is a large holder if it holds so large a part of them; as long as there is room, others
// lose nothing.
constexpr std::size_t large_part = 16;

using Candidates = std::span<const EvictionCandidate>;

Candidates of_largest_holder(std::span<EvictionCandidate> candidates, Random& random) {
  return largest_group(candidates, random, [](const auto& candidate) { return candidate.holder; });
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

SwarmCounts sum(const SwarmCounts& a, const SwarmCounts& b) {
  return {.seeder_count = a.seeder_count + b.seeder_count,
          .leecher_count = a.leecher_count + b.leecher_count,
          .completed_count = a.completed_count + b.completed_count};
}

// Replaces the address of each.
template <class Address>
void readdress(std::span<std::byte> compact_peers, const Address& address) {
  constexpr std::size_t peer_size = compact_peer_size(family_of<Address>);
  for (; !compact_peers.empty(); compact_peers = compact_peers.subspan(peer_size)) {
    std::memcpy(compact_peers.data(), address.bytes.data(), sizeof address);
  }
}

}  // namespace

SwarmMaps::SwarmMaps(const SipKey& secret, const SwarmMapsOptions& options)
    : budget(options.budget),
      external_ipv4_(options.external_ipv4),
      external_ipv6_(options.external_ipv6),
      ipv4_{SwarmMap<Ipv4Address>(secret, options.swarm, budget),
            SwarmMap<Ipv4Address>(secret, options.swarm, budget),
            SwarmMap<Ipv4Address>(secret, options.swarm, budget)},
      ipv6_{SwarmMap<Ipv6Address>(secret, options.swarm, budget),
            SwarmMap<Ipv6Address>(secret, options.swarm, budget),
            SwarmMap<Ipv6Address>(secret, options.swarm, budget)} {}

MapTotals SwarmMaps::totals(Family family) const {
  MapTotals totals;
  const auto add = [&totals](const auto& maps) {
    for (const auto& map : maps) {
      const MapTotals of_map = map.totals();
      totals.torrent_count += of_map.torrent_count;
      totals.peer_count += of_map.peer_count;
      totals.seeder_count += of_map.seeder_count;
    }
  };
  family == Family::ipv4 ? add(ipv4_) : add(ipv6_);
  return totals;
}

// Those of a full answer are written over its last quarter: the rest of it stays.
template <class Address>
void SwarmMaps::add_others(const SwarmKey& key, const Announce<Address>& announce, Seconds now,
                           Random& random, std::span<std::byte> compact_peers,
                           AnnounceOutcome& outcome) {
  constexpr std::size_t peer_size = compact_peer_size(family_of<Address>);
  const std::size_t own = index_of(announce.peer_class);
  const std::uint32_t wanted = announce.stopped ? 0 : announce.peers_wanted;
  const auto& external = this->external<Address>();
  Announce<Address> request = announce;
  request.store = request.stopped = request.completed = false;
  request.peer_hash = 0;
  for (std::size_t i = class_count; i-- > 0;) {
    auto& map = all_of<Address>()[i];
    if (i == own || (i < own && !external) || map.is_empty_for(key)) continue;
    const std::uint32_t first = std::min(outcome.compact_peer_count, wanted - wanted / 4);
    request.peers_wanted = wanted - first;
    const auto out = compact_peers.subspan(first * peer_size, request.peers_wanted * peer_size);
    const auto others = map.announce(key, request, now, random, out);
    if (i < own) readdress(out.first(others.compact_peer_count * peer_size), *external);
    outcome.counts = sum(outcome.counts, others.counts);
    outcome.compact_peer_count =
        std::max(outcome.compact_peer_count, first + others.compact_peer_count);
  }
}

template <class Address>
SwarmCounts SwarmMaps::scrape(const SwarmKey& key, const Address& witness,
                              AddressClass witness_class) {
  const std::size_t own = index_of(witness_class);
  SwarmCounts counts = all_of<Address>()[own].scrape(key, witness);
  if (sees_one_map<Address>(witness_class)) return counts;
  for (std::size_t i = 0; i < class_count; ++i) {
    auto& map = all_of<Address>()[i];
    if (i == own || (i < own && !external<Address>()) || map.is_empty_for(key)) continue;
    counts = sum(counts, map.scrape(key, witness));
  }
  return counts;
}

bool SwarmMaps::make_place(Admission admission, Random& random) {
  const bool is_refused = admission >= Admission::refused_peer;
  return (is_refused || budget.must_evict(random)) && evict_torrent(is_refused, random) &&
         is_refused;
}

bool SwarmMaps::evict_torrent(bool from_anybody, Random& random) {
  constexpr std::size_t map_count = family_count * class_count;
  std::array<EvictionCandidate, candidates_max + map_count> sampled;
  std::array<std::uint64_t, map_count> counts{};
  std::size_t map_index = 0;
  visit_maps([&](const auto& map) { counts[map_index++] = map.estimated_torrent_count(); });
  const std::uint64_t total = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  if (total == 0) return false;
  std::size_t count = 0;
  map_index = 0;
  // As many of each map as it has torrents, but one at least.
  visit_maps([&](const auto& map) {
    const std::size_t part = 1 + counts[map_index] * candidates_max / total;
    const auto room = std::span(sampled).subspan(count);
    const std::size_t found = map.sample_candidates(random, room.first(part));
    for (EvictionCandidate& candidate : room.first(found)) {
      candidate.map_index = static_cast<std::uint8_t>(map_index);
    }
    count += found;
    ++map_index;
  });
  const Candidates victims = choose_victims(std::span(sampled).first(count), random);
  if (victims.empty() || (!from_anybody && victims.size() * large_part < count)) return false;
  const auto& victim = victims[random.below(static_cast<std::uint32_t>(victims.size()))];
  bool evicted = false;
  map_index = 0;
  visit_maps([&](auto& map) {
    if (map_index++ == victim.map_index) evicted = map.evict(victim.key);
  });
  if (evicted) evicted_torrent_count_.fetch_add(1, std::memory_order_relaxed);
  return evicted;
}

template void SwarmMaps::add_others(const SwarmKey&, const Announce<Ipv4Address>&, Seconds, Random&,
                                    std::span<std::byte>, AnnounceOutcome&);
template void SwarmMaps::add_others(const SwarmKey&, const Announce<Ipv6Address>&, Seconds, Random&,
                                    std::span<std::byte>, AnnounceOutcome&);
template SwarmCounts SwarmMaps::scrape(const SwarmKey&, const Ipv4Address&, AddressClass);
template SwarmCounts SwarmMaps::scrape(const SwarmKey&, const Ipv6Address&, AddressClass);

}  // namespace gyre::swarm
