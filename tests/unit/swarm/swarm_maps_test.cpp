// Whose torrents go when a tracker is full: those of whoever holds most that nobody else asks for.
#include "common/swarm/swarm_maps.hpp"

#include <gtest/gtest.h>

#include "torrents.hpp"

namespace gyre::swarm {
namespace {

constexpr Seconds half_interval_s = 900;

Ipv4Address ipv4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return {{std::byte(a), std::byte(b), std::byte(c), std::byte(d)}};
}

Ipv6Address ipv6(std::uint32_t network) {
  Ipv6Address address{};
  store_be(address.bytes.data(), std::uint32_t{0x20010db8});
  store_be(address.bytes.data() + 2, network);
  return address;
}

// A tracker with torrents by number, of which only the fact that they are there matters.
class FullTracker : public testing::Test {
 protected:
  static constexpr std::uint32_t flood = 1'000'000;  // numbers from here on

  explicit FullTracker(const BudgetLimits& limits = {.torrents = 10'000})
      : maps_({3, 4}, {.budget = limits,
                       .swarm = {.peers_per_address = 64, .proof_age_s = half_interval_s}}) {}

  template <class Address>
  Admission announce(std::uint32_t torrent, const Address& address, std::uint16_t port = 6881) {
    const auto key = maps_.key(test::torrent(torrent));
    const Announce<Address> announce{.peer = {address, port}};
    return maps_.announce(key, announce, now_, random_, {}).admission;
  }
  void stop(std::uint32_t torrent, const Ipv4Address& address) {
    const Announce<Ipv4Address> announce{.peer = {address, 6881}, .stopped = true};
    maps_.announce(maps_.key(test::torrent(torrent)), announce, now_, random_, {});
  }
  template <class Address>
  bool has(std::uint32_t torrent) {
    const auto counts = maps_.of<Address>().scrape(test::torrent(torrent));
    return counts.leecher_count > 0;
  }
  template <class Address = Ipv4Address>
  std::uint32_t count_of(std::uint32_t first, std::uint32_t count) {
    std::uint32_t there = 0;
    for (std::uint32_t i = first; i < first + count; ++i) there += has<Address>(i) ? 1 : 0;
    return there;
  }
  std::uint64_t torrent_count() const { return maps_.budget.torrent_count(); }

  SwarmMaps maps_;
  Random random_{7};
  Seconds now_ = 1000;
};

TEST_F(FullTracker, NothingIsEvictedBelowFourFifths) {
  for (std::uint32_t i = 0; i < 8'000; ++i) {
    ASSERT_EQ(announce(i, ipv4(203, 0, 113, 1)), Admission::admitted);
  }
  EXPECT_EQ(count_of(0, 8'000), 8'000U);
  EXPECT_EQ(maps_.evicted_torrent_count(), 0U);
}

TEST_F(FullTracker, AFloodEvictsItsOwn) {
  for (std::uint32_t i = 0; i < 2'000; ++i) {  // honest torrents, each of another network
    announce(i, ipv4(10 + i / 256, i % 256, 7, 1));
  }
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const auto admission = announce(flood + i, ipv4(203, 0, 113, i % 256));
    ASSERT_EQ(admission, Admission::admitted);
    if (i % 100 == 0) {  // newcomers beside it, with seeder and leecher
      ASSERT_EQ(announce(10'000 + i, ipv4(198, 51, i / 256, 1)), Admission::admitted);
      ASSERT_EQ(announce(10'000 + i, ipv4(198, 18, i / 256, 1)), Admission::admitted);
    }
  }
  EXPECT_EQ(count_of(0, 2'000), 2'000U);
  std::uint32_t newcomers = 0;
  for (std::uint32_t i = 0; i < 100'000; i += 100) newcomers += count_of(10'000 + i, 1);
  EXPECT_EQ(newcomers, 1'000U);
  EXPECT_LE(torrent_count(), 9'700U) << "some room is left";
  EXPECT_GE(maps_.evicted_torrent_count(), 90'000U);
}

// A seedbox has many torrents of its own, but fewer than the flood.
TEST_F(FullTracker, ASeedboxKeepsItsTorrentsBesideALargerFlood) {
  for (std::uint32_t i = 0; i < 1'000; ++i) announce(i, ipv4(198, 51, 100, 1));
  for (std::uint32_t i = 0; i < 50'000; ++i) announce(flood + i, ipv4(203, 0, 113, 1));
  EXPECT_GE(count_of(0, 1'000), 995U);
}

TEST_F(FullTracker, AFloodOfTheOtherFamilyEvictsItsOwn) {
  for (std::uint32_t i = 0; i < 2'000; ++i) announce(i, ipv4(10 + i / 256, i % 256, 7, 1));
  for (std::uint32_t i = 0; i < 50'000; ++i) announce(flood + i, ipv6(5));
  EXPECT_EQ(count_of(0, 2'000), 2'000U);
  EXPECT_EQ(announce(9'000, ipv4(192, 0, 2, 1)), Admission::admitted);
}

// Torrents that are left at once are held by nobody, and are the first to go.
TEST_F(FullTracker, TorrentsWithoutPeersGo) {
  for (std::uint32_t i = 0; i < 2'000; ++i) announce(i, ipv4(10 + i / 256, i % 256, 7, 1));
  for (std::uint32_t i = 0; i < 50'000; ++i) {
    announce(flood + i, ipv4(i % 200 + 20, i % 251, i % 241, 1));
    stop(flood + i, ipv4(i % 200 + 20, i % 251, i % 241, 1));
  }
  EXPECT_GE(count_of(0, 2'000), 1'995U);
}

// Two addresses of one network prove nothing, nor does one that comes back at once.
TEST_F(FullTracker, AFloodDoesNotProveItself) {
  for (std::uint32_t i = 0; i < 2'000; ++i) announce(i, ipv4(10 + i / 256, i % 256, 7, 1));
  for (std::uint32_t i = 0; i < 50'000; ++i) {
    announce(flood + i, ipv4(203, 0, 113, 1));
    announce(flood + i, ipv4(203, 0, 113, 2));
    announce(flood + i, ipv4(203, 0, 113, 1));
  }
  EXPECT_EQ(count_of(0, 2'000), 2'000U);
}

TEST_F(FullTracker, ProvenTorrentsStay) {
  const Ipv4Address seedbox = ipv4(198, 51, 100, 1);
  for (std::uint32_t i = 0; i < 3'000; ++i) announce(i, seedbox);
  for (std::uint32_t i = 0; i < 1'000; ++i) announce(i, ipv4(192, 0, 2, 1));  // a second network
  for (std::uint32_t i = 1'000; i < 2'000; ++i) {                             // or its scrape
    maps_.of<Ipv4Address>().scrape(maps_.key(test::torrent(i)), ipv4(192, 0, 2, 1));
  }
  now_ += half_interval_s + PeerState::tick_s;
  for (std::uint32_t i = 2'000; i < 3'000; ++i) announce(i, seedbox);
  // Nothing else is unproven but torrents of the seedbox that come now.
  for (std::uint32_t i = 3'000; i < 20'000; ++i) announce(i, seedbox);
  EXPECT_EQ(count_of(0, 3'000), 3'000U);
}

// Whoever has several networks proves what he likes; he holds much under each, and loses that.
TEST_F(FullTracker, ProofBySeveralNetworksIsNoExemption) {
  for (const std::uint32_t networks : {2U, 3U, 4U}) {
    SCOPED_TRACE(networks);
    const std::uint32_t first = networks * 10'000'000;
    for (std::uint32_t i = 0; i < 300; ++i)
      announce(first + i, ipv4(198, 51, networks, 1));  // a seedbox
    for (std::uint32_t i = 300; i < 600; ++i) {         // and live torrents
      announce(first + i, ipv4(10 + i / 256, i % 256, 7, 1));
      announce(first + i, ipv4(30 + i / 256, i % 256, 8, 1));
    }
    for (std::uint32_t i = 0; i < 30'000; ++i) {
      for (std::uint32_t network = 0; network < networks; ++network) {
        announce(first + 1'000'000 + i, ipv4(203, 0, network, 1));
      }
    }
    for (std::uint32_t i = 600; i < 800; ++i) {
      ASSERT_EQ(announce(first + i, ipv4(198, 18 + i % 2, i % 256, 1)), Admission::admitted);
      ASSERT_EQ(announce(first + i, ipv4(198, 20 + i % 2, i % 256, 1)), Admission::admitted);
    }
    EXPECT_GE(count_of(first, 300), 285U);
    EXPECT_GE(count_of(first + 300, 300), 290U);
    EXPECT_GE(count_of(first + 600, 200), 196U);
    EXPECT_LE(torrent_count(), 10'000U);
  }
}

// Many ports of one address make a swarm larger than an array, and a second network proves it.
TEST_F(FullTracker, SizeIsNoExemption) {
  for (std::uint32_t i = 0; i < 300; ++i) announce(i, ipv4(198, 51, 100, 1));
  for (std::uint32_t i = 0; i < 12'000; ++i) {
    for (std::uint16_t port = 1; port <= 33; ++port) {
      announce(flood + i, ipv4(203, 0, 113, 1), port);
    }
    announce(flood + i, ipv4(203, 0, 114, 1));
  }
  for (std::uint32_t i = 300; i < 400; ++i) {
    ASSERT_EQ(announce(i, ipv4(198, 18 + i % 2, i % 256, 1)), Admission::admitted);
  }
  EXPECT_GE(count_of(0, 400), 390U);
}

// A torrent that is announced again and again under other ports takes no more room.
TEST_F(FullTracker, ChurnInOneTorrentCostsNobody) {
  for (std::uint32_t i = 0; i < 8'500; ++i) announce(i, ipv4(198, 51, 100, 1));
  const std::uint32_t before = count_of(0, 8'500);
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    announce(flood, ipv4(203, 0, 113, 1), static_cast<std::uint16_t>(1 + i));
  }
  EXPECT_GE(count_of(0, 8'500), before - 64) << "as many as peers are allowed to the address";
}

class FullOfPeers : public FullTracker {
 protected:
  FullOfPeers() : FullTracker({.peers = 10'000}) {}
};

// Many ports of one address in many torrents: a live swarm takes its newcomers all the same.
TEST_F(FullOfPeers, ALiveSwarmTakesNewcomers) {
  for (std::uint32_t i = 0; i < 10; ++i) announce(1, ipv4(10, i, 7, 1));
  for (std::uint32_t i = 0; i < 30'000; ++i) {
    announce(flood + i / 30, ipv4(203, 0, 113, 1), static_cast<std::uint16_t>(1 + i));
    if (i % 1'000 == 0) {
      ASSERT_EQ(announce(1, ipv4(11, i / 1'000, 7, 1)), Admission::admitted);
      ASSERT_EQ(announce(100 + i, ipv4(12, i / 1'000, 7, 1)), Admission::admitted);
    }
  }
  EXPECT_EQ(maps_.of<Ipv4Address>().scrape(test::torrent(1)).leecher_count, 40U);
  EXPECT_LE(maps_.budget.peer_count(), 10'000U);
}

// One address fills the tracker with peers, and then comes to a swarm that everybody likes.
TEST_F(FullOfPeers, AFullSwarmGivesNobodyMoreThanHisShare) {
  for (std::uint32_t i = 0; i < 60; ++i) announce(1, ipv4(10, i, 7, 1));
  for (std::uint32_t i = 0; i < 10'000; ++i) {  // proven: no victims
    const std::uint32_t torrent = 1000 + i / 50;
    announce(torrent, ipv4(11 + i % 50, torrent % 256, torrent / 256, 1));
  }
  ASSERT_GE(maps_.budget.pressure(), 0.99);
  now_ += PeerState::tick_s;
  for (std::uint16_t port = 1; port <= 64; ++port) announce(1, ipv4(203, 0, 113, 1), port);
  std::vector<std::byte> peers(6 * 200);
  const Announce<Ipv4Address> stranger{.peer = {}, .store = false, .peers_wanted = 200};
  const auto outcome = maps_.announce(maps_.key(test::torrent(1)), stranger, now_, random_, peers);
  std::uint32_t fakes = 0;
  for (std::uint32_t i = 0; i < outcome.compact_peer_count; ++i) {
    fakes += peers[6 * i] == std::byte{203} ? 1 : 0;
  }
  EXPECT_GE(outcome.compact_peer_count, 60U);
  EXPECT_LE(fakes, 12U);
}

class FullOfMemory : public FullTracker {
 protected:
  FullOfMemory() : FullTracker(BudgetLimits{}) {}
};

TEST_F(FullOfMemory, IsFullLikeOneOfTorrents) {
  for (std::uint32_t i = 0; i < 2'000; ++i) announce(i, ipv4(10 + i / 256, i % 256, 7, 1));
  maps_.budget.set_memory(99'000'000, 100'000'000);
  for (std::uint32_t i = 0; i < 20'000; ++i) announce(flood + i, ipv4(203, 0, 113, 1));
  EXPECT_EQ(count_of(0, 2'000), 2'000U);
  EXPECT_LE(torrent_count(), 12'000U) << "what is estimated to fit";
}

}  // namespace
}  // namespace gyre::swarm
