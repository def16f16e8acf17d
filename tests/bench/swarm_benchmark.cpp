// Announces and scrapes on the swarms, without network, codec or handler around them.
#include <benchmark/benchmark.h>

#include <array>

#include "common/swarm/sample.hpp"
#include "common/swarm/swarm_map.hpp"
#include "weighted_torrents.hpp"

namespace {

using namespace gyre;
using namespace gyre::swarm;

constexpr std::uint32_t torrent_count = 10'000;

// A map with the peers of aquatic's load test, three quarters of them seeders.
template <class Address>
struct FilledMap {
  Random random{1};
  std::vector<InfoHash> info_hashes = bench::make_info_hashes(torrent_count, random);
  std::vector<std::uint32_t> torrents = bench::torrents_of_peers(torrent_count, random);
  Budget budget;
  SwarmMap<Address> map{{1, 2}, {}, budget};
  std::array<std::byte, 18 * 50> out{};
  std::uint64_t told = 0;

  FilledMap() {
    for (std::uint32_t peer = 0; peer < torrents.size(); ++peer) announce(peer, 0);
  }
  void announce(std::uint32_t peer, std::uint32_t wanted) {
    const Announce<Address> announce{
        .peer = bench::peer_of<Address>(peer),
        .kind = random.below(4) < 3 ? PeerKind::seeder : PeerKind::leecher,
        .peers_wanted = wanted};
    const InfoHash& info_hash = info_hashes[torrents[peer]];
    const SwarmKey key = map.key(info_hash);
    told += map.announce(key, announce, 0, random, out).compact_peer_count;
  }
};

template <class Address>
void announce_to_map(benchmark::State& state) {
  FilledMap<Address> filled;
  filled.told = 0;
  std::uint32_t peer = 0;
  for (auto _ : state) {
    filled.announce(peer, 30);
    if (++peer == filled.torrents.size()) peer = 0;
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["peers_told"] =
      benchmark::Counter(static_cast<double>(filled.told), benchmark::Counter::kAvgIterations);
}
BENCHMARK(announce_to_map<Ipv4Address>);
BENCHMARK(announce_to_map<Ipv6Address>);

void scrape_map(benchmark::State& state) {
  FilledMap<Ipv4Address> filled;
  std::uint32_t number = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(filled.map.scrape(filled.info_hashes[number]));
    if (++number == torrent_count) number = 0;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(scrape_map);

void clean_map(benchmark::State& state) {
  FilledMap<Ipv4Address> filled;
  const AccessList off;
  for (auto _ : state) {
    CleaningPosition position;
    while (filled.map.clean_slice(position, 0, 3600, off)) continue;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(filled.torrents.size()));
}
BENCHMARK(clean_map);

// A stranger asks a swarm of leechers: choosing, and copying what was chosen.
void sample_swarm(benchmark::State& state) {
  const auto size = static_cast<std::uint32_t>(state.range(0));
  const auto wanted = static_cast<std::uint32_t>(state.range(1));
  auto swarm = Swarm<Ipv4Address>::empty();
  Random random(1);
  Budget budget;
  const SwarmContext context{.secret = {1, 2}, .budget = BudgetShare(&budget)};
  for (std::uint32_t peer = 0; peer < size; ++peer) {
    swarm.announce({.peer = bench::peer_of<Ipv4Address>(peer)}, 0, random, context, {});
  }
  const Announce<Ipv4Address> stranger{
      .peer = bench::peer_of<Ipv4Address>(size), .store = false, .peers_wanted = wanted};
  std::array<std::byte, compact_peer_size(Family::ipv4) * 50> out{};
  for (auto _ : state) {
    benchmark::DoNotOptimize(swarm.announce(stranger, 0, random, context, out));
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * wanted);
  swarm.clear(context);
}
BENCHMARK(sample_swarm)->ArgsProduct({{60, 1000, 10'000, 100'000, 1'000'000}, {30, 50}});

// The arithmetic alone.
void sample_positions(benchmark::State& state) {
  Random random(1);
  std::uint64_t sum = 0;
  for (auto _ : state) {
    sample_runs(1'000'000, 7, static_cast<std::uint32_t>(state.range(0)), random,
                [&sum](std::uint32_t first, std::uint32_t length) { sum += first + length; });
  }
  benchmark::DoNotOptimize(sum);
}
BENCHMARK(sample_positions)->Arg(30)->Arg(50)->Arg(100);

}  // namespace
