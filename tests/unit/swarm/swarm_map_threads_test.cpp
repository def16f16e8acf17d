// Several threads on one map. Each has peers of its own, of which it keeps a model; at rest the
// map must be the sum of the models. Most of all for ThreadSanitizer to watch.
#include <array>
#include <atomic>
#include <set>
#include <thread>

#include "swarm_model.hpp"
#include "tests/support/scale.hpp"
#include "torrents.hpp"

namespace gyre::swarm {
namespace {

using test::torrent;

constexpr std::uint32_t thread_count = 4;
constexpr std::uint32_t torrent_count = 64;
constexpr std::uint32_t peers_per_thread = 30;  // in each torrent

class Client {
 public:
  Client(SwarmMap<Ipv4Address>& map, std::uint32_t index)
      : map_(map), first_(1 + index * peers_per_thread), random_(index) {
    torrents_.assign(torrent_count, test::SwarmModel<Ipv4Address>(first_ + peers_per_thread));
  }

  void announce(Seconds now) {
    const std::uint32_t number = random_.below(torrent_count);
    const std::uint32_t peer = first_ + random_.below(peers_per_thread);
    const auto announce = test::random_announce<Ipv4Address>(random_, peer, ~0U, 20);
    auto bounded = announce;
    bounded.peers_wanted = std::min(announce.peers_wanted, 50U);
    const auto outcome = test::announce(map_, torrent(number), bounded, now, random_, out_);
    ASSERT_LE(outcome.compact_peer_count, bounded.peers_wanted);
    for (std::uint32_t i = 0; i < outcome.compact_peer_count; ++i) {
      ASSERT_NE(test::number_of<Ipv4Address>(&out_[6 * std::size_t{i}]), peer);
    }
    torrents_[number].announce(peer, bounded, now);
  }
  void scrape() { map_.scrape(torrent(random_.below(torrent_count))); }

  SwarmCounts counts(std::uint32_t number) const { return torrents_[number].counts(); }
  std::set<std::uint32_t> peers(std::uint32_t number) const {
    std::set<std::uint32_t> peers;
    for (std::uint32_t peer = first_; peer < first_ + peers_per_thread; ++peer) {
      if (torrents_[number].has(peer)) peers.insert(peer);
    }
    return peers;
  }

 private:
  SwarmMap<Ipv4Address>& map_;
  std::uint32_t first_;
  Random random_;
  std::vector<test::SwarmModel<Ipv4Address>> torrents_;
  std::array<std::byte, compact_peer_size(Family::ipv4) * 50> out_{};
};

// Runs the clients in threads of their own while this thread does `meanwhile` again and again.
template <class Meanwhile>
void run(std::vector<Client>& clients, std::size_t operation_count, Seconds seconds_between,
         Meanwhile meanwhile) {
  std::atomic<std::uint32_t> finished{0};
  std::vector<std::jthread> threads;
  threads.reserve(clients.size());
  for (Client& client : clients) {
    threads.emplace_back([&client, &finished, operation_count, seconds_between] {
      for (std::size_t i = 0; i < operation_count; ++i) {
        client.announce(static_cast<Seconds>(i / 100) * seconds_between);
        if (i % 8 == 0) client.scrape();
      }
      ++finished;
    });
  }
  while (finished < thread_count) meanwhile();
}

std::vector<Client> clients_of(SwarmMap<Ipv4Address>& map) {
  std::vector<Client> clients;
  clients.reserve(thread_count);
  for (std::uint32_t i = 0; i < thread_count; ++i) clients.emplace_back(map, i);
  return clients;
}

// Who is in a torrent, nobody twice.
std::set<std::uint32_t> everyone(SwarmMap<Ipv4Address>& map, std::uint32_t number) {
  constexpr std::uint32_t peers_max = 1 + thread_count * peers_per_thread;
  std::vector<std::byte> out(6 * std::size_t{peers_max});
  Random random(1);
  const Announce<Ipv4Address> stranger{.peer = {}, .store = false, .peers_wanted = peers_max};
  const auto outcome = test::announce(map, torrent(number), stranger, 0, random, out);
  std::set<std::uint32_t> peers;
  for (std::uint32_t i = 0; i < outcome.compact_peer_count; ++i) {
    EXPECT_TRUE(peers.insert(test::number_of<Ipv4Address>(&out[6 * std::size_t{i}])).second);
  }
  EXPECT_EQ(peers.size(), outcome.counts.seeder_count + outcome.counts.leecher_count);
  return peers;
}

TEST(SwarmMapThreads, TotalsAreExactAtRest) {
  Budget budget;
  SwarmMap<Ipv4Address> map({1, 2}, {}, budget, 8);
  Random random(1);
  // A peer that stays keeps each torrent, and with it the number of completions.
  for (std::uint32_t number = 0; number < torrent_count; ++number) {
    test::announce(map, torrent(number),
                   Announce<Ipv4Address>{.peer = test::peer_of<Ipv4Address>(0)}, 0, random, {});
  }
  auto clients = clients_of(map);
  CleaningPosition position;
  run(clients, gyre::test::scaled(200'000), 0, [&] {
    if (!map.clean_slice(position, 0, 3600, {})) position = {};
    EXPECT_EQ(map.totals().torrent_count, torrent_count);
  });
  MapTotals expected{.torrent_count = torrent_count, .peer_count = torrent_count};
  for (std::uint32_t number = 0; number < torrent_count; ++number) {
    SwarmCounts sum{.leecher_count = 1};
    std::set<std::uint32_t> peers{0};
    for (const Client& client : clients) {
      sum.seeder_count += client.counts(number).seeder_count;
      sum.leecher_count += client.counts(number).leecher_count;
      sum.completed_count += client.counts(number).completed_count;
      peers.merge(client.peers(number));
    }
    test::expect_equal(map.scrape(torrent(number)), sum);
    EXPECT_EQ(everyone(map, number), peers);
    expected.peer_count += sum.seeder_count + sum.leecher_count - 1;
    expected.seeder_count += sum.seeder_count;
  }
  EXPECT_EQ(map.totals().torrent_count, expected.torrent_count);
  EXPECT_EQ(map.totals().peer_count, expected.peer_count);
  EXPECT_EQ(map.totals().seeder_count, expected.seeder_count);
  EXPECT_EQ(budget.torrent_count(), expected.torrent_count);
  EXPECT_EQ(budget.peer_count(), expected.peer_count);
}

// Every limit bites, in two tables that grow and shrink, under a cleaner.
TEST(SwarmMapThreads, LimitsHoldAndBudgetsAreExactAtRest) {
  constexpr std::uint32_t many_torrents = 900;
  Budget budget({.peers = 6'000, .torrents = 700});
  SwarmMap<Ipv4Address> map({1, 2}, {.peers_per_swarm = 50, .peers_per_address = 2}, budget, 2);
  std::atomic<std::uint32_t> finished{0};
  std::atomic<Seconds> clock{0};
  const auto work = [&](std::uint64_t seed) {
    Random random(seed);
    std::array<std::byte, 6 * std::size_t{50}> out{};
    for (std::size_t i = 0; i < gyre::test::scaled(100'000); ++i) {
      if (seed == 1) clock = static_cast<Seconds>(i / 200);
      const Seconds now = clock;
      const std::uint32_t stop_share = now / 40 % 2 == 0 ? 5 : 45;
      auto announce =
          test::random_announce<Ipv4Address>(random, 1 + random.below(150), ~0U, stop_share);
      announce.peers_wanted = std::min(announce.peers_wanted, 50U);
      const std::uint32_t rare = random.below(3) == 0 ? 20 : many_torrents;
      const auto outcome =
          test::announce(map, torrent(random.below(rare)), announce, now, random, out);
      ASSERT_LE(outcome.counts.seeder_count + outcome.counts.leecher_count, 50U);
    }
    ++finished;
  };
  std::vector<std::jthread> threads;
  for (std::uint64_t seed = 1; seed <= thread_count; ++seed) threads.emplace_back(work, seed);
  CleaningPosition position;
  while (finished < thread_count) {
    if (!map.clean_slice(position, clock, 60, {})) position = {};
  }
  threads.clear();
  std::uint64_t peer_count = 0;
  for (std::uint32_t number = 0; number < many_torrents; ++number) {
    peer_count += everyone(map, number).size();
  }
  EXPECT_EQ(map.totals().peer_count, peer_count);
  EXPECT_EQ(budget.peer_count(), peer_count);
  EXPECT_GT(peer_count, 0U);
  EXPECT_LE(peer_count, budget.limits().peers);
  EXPECT_EQ(map.totals().torrent_count, budget.torrent_count());
  EXPECT_LE(budget.torrent_count(), budget.limits().torrents);
  for (position = {}; map.clean_slice(position, 5'000, 60, {});) continue;
  EXPECT_EQ(budget.torrent_count(), 0U);
  EXPECT_EQ(budget.peer_count(), 0U);
}

// Peers expire and torrents go and come back under the threads' hands.
TEST(SwarmMapThreads, CleaningInBetweenLeavesNothingBehind) {
  Budget budget;
  SwarmMap<Ipv4Address> map({1, 2}, {}, budget, 2);
  auto clients = clients_of(map);
  const std::size_t operation_count = gyre::test::scaled(100'000);
  CleaningPosition position;
  Seconds now = 0;
  run(clients, operation_count, 2, [&] {
    if (!map.clean_slice(position, now, 8, {})) position = {};
    ++now;
  });
  std::uint64_t peer_count = 0;
  for (std::uint32_t number = 0; number < torrent_count; ++number) {
    const SwarmCounts counts = map.scrape(torrent(number));
    peer_count += counts.seeder_count + counts.leecher_count;
  }
  EXPECT_EQ(map.totals().peer_count, peer_count);
  const auto end = static_cast<Seconds>(2 * operation_count / 100 + 100);
  for (position = {}; map.clean_slice(position, end, 8, {});) continue;
  EXPECT_EQ(map.totals().torrent_count, 0U);
  EXPECT_EQ(map.totals().peer_count, 0U);
  EXPECT_EQ(map.totals().seeder_count, 0U);
  EXPECT_EQ(budget.torrent_count(), 0U);
  EXPECT_EQ(budget.peer_count(), 0U);
}

}  // namespace
}  // namespace gyre::swarm
