#include "common/swarm/swarm_maps.hpp"

#include <algorithm>
#include <array>
#include <cstring>
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
constexpr int searches_left_out = 15;
// So many are no sign of an attack.
constexpr std::size_t few_torrents = 8;

using Candidates = std::span<const EvictionCandidate>;

std::span<EvictionCandidate> of_largest_holder(std::span<EvictionCandidate> candidates,
                                               Random& random) {
  return largest_group(candidates, random, [](const auto& candidate) { return candidate.holder; });
}

// The candidates of that holder with the least proof, at most `proof_max`, brought to the front.
std::span<EvictionCandidate> least_proven(std::span<EvictionCandidate> candidates,
                                          std::uint64_t holder, Proof proof_max) {
  for (const Proof proof : {Proof::none, Proof::weak, Proof::strong}) {
    if (proof > proof_max) break;
    const auto others = std::ranges::partition(
        candidates, [&](const auto& one) { return one.holder == holder && one.proof == proof; });
    if (others.size() < candidates.size()) {
      return candidates.first(candidates.size() - others.size());
    }
  }
  return {};
}

// Whom to evict: unproven torrents of the network that holds most of these; unless another one
// holds more than twice as many torrents of all kinds, since proof is cheap for who has several
// networks: it is a weight and no exemption. Of such a network those go first that are proven
// least, and strongly proven ones only if the budget is used up.
Candidates choose_victims(std::span<EvictionCandidate> candidates, bool is_used_up,
                          Random& random) {
  const auto proven =
      std::ranges::partition(candidates, [](const auto& one) { return one.proof == Proof::none; });
  const auto unproven =
      of_largest_holder(candidates.first(candidates.size() - proven.size()), random);
  const std::size_t unproven_size = unproven.size();
  const std::uint64_t unproven_holder = unproven.empty() ? 0 : unproven.front().holder;
  const auto large = of_largest_holder(candidates, random);
  const auto holds_much = [&](std::size_t size) { return size * large_part >= candidates.size(); };
  if (unproven_size > 0 && (2 * unproven_size >= large.size() || !holds_much(large.size()))) {
    if (!is_used_up && !holds_much(unproven_size)) return {};
    return least_proven(candidates, unproven_holder, Proof::none);
  }
  if (large.empty() || (!is_used_up && !holds_much(large.size()))) return {};
  const bool any_proof = is_used_up && large.size() >= few_torrents;
  return least_proven(candidates, large.front().holder, any_proof ? Proof::strong : Proof::weak);
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
  if (admission == Admission::admitted) {
    if (budget.must_evict(random)) evict_torrent(false, random);
    return false;
  }
  if (admission < Admission::refused_peer) return false;
  evict_torrent(true, random);
  return true;
}

void SwarmMaps::evict_torrent(bool is_used_up, Random& random) {
  // After a search in vain the next ones are left out: they would find nothing either.
  if (!is_used_up && searches_left_out_.load(std::memory_order_relaxed) > 0) {
    searches_left_out_.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  constexpr std::size_t map_count = family_count * class_count;
  std::array<EvictionCandidate, candidates_max + map_count> sampled;
  std::array<std::uint64_t, map_count> counts{};
  std::size_t map_index = 0;
  visit_maps([&](const auto& map) { counts[map_index++] = map.estimated_torrent_count(); });
  const std::uint64_t total = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  if (total == 0) return;
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
  const Candidates victims = choose_victims(std::span(sampled).first(count), is_used_up, random);
  if (victims.empty()) {
    searches_left_out_.store(searches_left_out, std::memory_order_relaxed);
    return;
  }
  const auto& victim = victims[random.below(static_cast<std::uint32_t>(victims.size()))];
  bool evicted = false;
  map_index = 0;
  visit_maps([&](auto& map) {
    if (map_index++ == victim.map_index) evicted = map.evict(victim.key);
  });
  if (evicted) evicted_torrent_count_.fetch_add(1, std::memory_order_relaxed);
}

template void SwarmMaps::add_others(const SwarmKey&, const Announce<Ipv4Address>&, Seconds, Random&,
                                    std::span<std::byte>, AnnounceOutcome&);
template void SwarmMaps::add_others(const SwarmKey&, const Announce<Ipv6Address>&, Seconds, Random&,
                                    std::span<std::byte>, AnnounceOutcome&);
template SwarmCounts SwarmMaps::scrape(const SwarmKey&, const Ipv4Address&, AddressClass);
template SwarmCounts SwarmMaps::scrape(const SwarmKey&, const Ipv6Address&, AddressClass);

}  // namespace gyre::swarm
