#include <gtest/gtest.h>

#include "common/swarm/swarm_maps.hpp"
#include "swarm_model.hpp"
#include "torrents.hpp"

namespace gyre::swarm {
namespace {

using test::peer_of;
using test::torrent;

class SwarmMapTest : public testing::Test {
 protected:
  AnnounceOutcome announce(const InfoHash& info_hash, std::uint32_t peer,
                           PeerKind kind = PeerKind::leecher) {
    return test::announce(map_, info_hash,
                          Announce<Ipv4Address>{.peer = peer_of<Ipv4Address>(peer), .kind = kind},
                          now_, random_, {});
  }
  // Returns the number of slices.
  int clean(const AccessList& access_list = {}, Seconds max_age_s = 60) {
    CleaningPosition position;
    int slice_count = 1;
    while (map_.clean_slice(position, now_, max_age_s, access_list)) ++slice_count;
    return slice_count;
  }
  void expect_totals(std::uint64_t torrents, std::uint64_t peers, std::uint64_t seeders) {
    const MapTotals totals = map_.totals();
    EXPECT_EQ(totals.torrent_count, torrents);
    EXPECT_EQ(totals.peer_count, peers);
    EXPECT_EQ(totals.seeder_count, seeders);
    EXPECT_EQ(budget_.torrent_count(), torrents);
    EXPECT_EQ(budget_.peer_count(), peers);
  }

  Budget budget_;
  SwarmMap<Ipv4Address> map_{{1, 2}, {}, budget_, 1};
  Random random_{1};
  Seconds now_ = 0;
};

TEST_F(SwarmMapTest, IsEmptyAtFirst) {
  expect_totals(0, 0, 0);
  test::expect_equal(map_.scrape(torrent(1)), {});
  EXPECT_EQ(clean(), 1);
}

TEST_F(SwarmMapTest, ATorrentComesWithItsFirstStoredPeer) {
  const Announce<Ipv4Address> stranger{.peer = peer_of<Ipv4Address>(1), .store = false};
  const Announce<Ipv4Address> stop{.peer = peer_of<Ipv4Address>(1), .stopped = true};
  test::announce(map_, torrent(1), stranger, 0, random_, {});
  test::announce(map_, torrent(1), stop, 0, random_, {});
  expect_totals(0, 0, 0);
  announce(torrent(1), 1, PeerKind::seeder);
  expect_totals(1, 1, 1);
}

TEST_F(SwarmMapTest, ATorrentGoesInTheCleaningAfterItsLastPeer) {
  announce(torrent(1), 1);
  test::announce(map_, torrent(1),
                 Announce<Ipv4Address>{.peer = peer_of<Ipv4Address>(1), .stopped = true}, 0,
                 random_, {});
  expect_totals(1, 0, 0);
  clean();
  expect_totals(0, 0, 0);
}

TEST_F(SwarmMapTest, CleaningRemovesExpiredPeersAndTheirTorrents) {
  announce(torrent(1), 1);
  announce(torrent(2), 1);
  now_ = 50;
  announce(torrent(2), 2, PeerKind::seeder);
  now_ = 100;
  clean();
  expect_totals(1, 1, 1);
  now_ = 200;
  clean();
  expect_totals(0, 0, 0);
}

TEST_F(SwarmMapTest, CleaningRemovesWhatTheListForbids) {
  for (std::uint32_t number = 0; number < 100; ++number) {
    announce(torrent(number), 1, number % 2 == 0 ? PeerKind::seeder : PeerKind::leecher);
    announce(torrent(number), 2);
  }
  std::string text;
  for (std::uint32_t number = 0; number < 10; ++number) text += to_hex(torrent(number)) + "\n";
  const auto deny = AccessList::parse(AccessMode::deny, text);
  const auto allow = AccessList::parse(AccessMode::allow, text);
  ASSERT_TRUE(deny && allow);
  clean(*deny);
  expect_totals(90, 180, 45);
  test::expect_equal(map_.scrape(torrent(9)), {});
  test::expect_equal(map_.scrape(torrent(10)), {1, 1, 0});
  clean(*allow);
  expect_totals(0, 0, 0);
}

TEST_F(SwarmMapTest, ALargeSwarmIsCleanedInSlices) {
  constexpr std::uint32_t count = 50'000;
  for (std::uint32_t peer = 0; peer < count; ++peer) announce(torrent(1), peer);
  now_ = 1000;
  announce(torrent(1), 7);
  CleaningPosition position;
  std::uint64_t before = count;
  int slice_count = 0;
  bool more = true;
  while (more) {
    more = map_.clean_slice(position, now_, 60, {});
    const std::uint64_t after = map_.totals().peer_count;
    EXPECT_LE(before - after, 8'192U) << "a slice is bounded";
    before = after;
    ++slice_count;
    announce(torrent(1), count + static_cast<std::uint32_t>(slice_count));
    ++before;
  }
  EXPECT_GE(slice_count, 6);
  EXPECT_EQ(before, 1U + static_cast<std::uint64_t>(slice_count));
}

TEST_F(SwarmMapTest, ManyTorrentsAreCleanedInSlices) {
  for (std::uint32_t number = 0; number < 20'000; ++number) announce(torrent(number), 1);
  now_ = 1000;
  EXPECT_GE(clean(), 20);
  expect_totals(0, 0, 0);
}

TEST(SwarmMap, EveryShardIsUsedAndCleaned) {
  Budget budget;
  SwarmMap<Ipv6Address> map({1, 2}, {}, budget, 64);
  Random random(1);
  for (std::uint32_t number = 0; number < 10'000; ++number) {
    test::announce(map, torrent(number), Announce<Ipv6Address>{.peer = peer_of<Ipv6Address>(1)}, 0,
                   random, {});
  }
  EXPECT_EQ(map.totals().torrent_count, 10'000U);
  CleaningPosition position;
  std::uint64_t before = 10'000;
  for (int shard = 0; shard < 64; ++shard) {
    const bool more = map.clean_slice(position, 1000, 60, {});
    EXPECT_EQ(more, shard < 63);
    const std::uint64_t removed = before - map.totals().peer_count;
    EXPECT_GT(removed, 80U) << "156 are expected in each";
    EXPECT_LT(removed, 240U);
    before -= removed;
  }
  EXPECT_EQ(map.totals().torrent_count, 0U);
  EXPECT_FALSE(map.clean_slice(position, 1000, 60, {})) << "nothing after the end";
}

TEST(SwarmMaps, KeepTheFamiliesApart) {
  SwarmMaps maps(SipKey{1, 2});
  Random random(1);
  auto& ipv4 = maps.of<Ipv4Address>();
  test::announce(ipv4, torrent(1), Announce<Ipv4Address>{.peer = peer_of<Ipv4Address>(1)}, 0,
                 random, {});
  EXPECT_EQ(maps.totals(Family::ipv4).peer_count, 1U);
  EXPECT_EQ(maps.totals(Family::ipv6).peer_count, 0U);
  EXPECT_EQ(maps.of<Ipv6Address>().scrape(torrent(1)).leecher_count, 0U);
}

TEST(SwarmMap, GivesTheBudgetBackAtItsEnd) {
  Budget budget;
  Random random(1);
  {
    SwarmMap<Ipv4Address> map({1, 2}, {}, budget, 4);
    for (std::uint32_t number = 0; number < 100; ++number) {
      for (std::uint32_t peer = 0; peer <= number; ++peer) {
        test::announce(map, torrent(number),
                       Announce<Ipv4Address>{.peer = peer_of<Ipv4Address>(peer)}, 0, random);
      }
    }
    EXPECT_EQ(budget.torrent_count(), 100U);
    EXPECT_EQ(budget.peer_count(), 5050U);
  }
  EXPECT_EQ(budget.torrent_count(), 0U);
  EXPECT_EQ(budget.peer_count(), 0U);
}

TEST(SwarmMapDeathTest, ShardsAreAPowerOfTwo) {
  Budget budget;
  EXPECT_DEATH(SwarmMap<Ipv4Address>({1, 2}, {}, budget, 3), "has_single_bit");
}

}  // namespace
}  // namespace gyre::swarm
