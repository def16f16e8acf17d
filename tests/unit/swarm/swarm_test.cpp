// Single rules of a swarm, one announce after the other.
#include "common/swarm/swarm.hpp"

#include <gtest/gtest.h>

#include <set>

#include "held_swarm.hpp"
#include "swarm_model.hpp"

namespace gyre::swarm {
namespace {

using test::peer_of;

class SwarmTest : public testing::Test {
 protected:
  std::set<std::uint32_t> announce(std::uint32_t number, Announce<Ipv4Address> announce) {
    announce.peer = peer_of<Ipv4Address>(number);
    std::vector<std::byte> out(6 * std::size_t{announce.peers_wanted});
    const std::uint32_t told = swarm_.announce(announce, now_, random_, out).compact_peer_count;
    std::set<std::uint32_t> peers;
    for (std::uint32_t i = 0; i < told; ++i) {
      EXPECT_TRUE(peers.insert(test::number_of<Ipv4Address>(&out[6 * std::size_t{i}])).second);
    }
    return peers;
  }
  std::set<std::uint32_t> everyone() {
    return announce(999, {.peer = {}, .store = false, .peers_wanted = 500});
  }

  void expect_counts(std::uint32_t seeders, std::uint32_t leechers, std::uint32_t completed) {
    test::expect_equal(swarm_.counts(), {seeders, leechers, completed});
  }

  test::HeldSwarm<Ipv4Address> swarm_;
  Random random_{1};
  Seconds now_ = 0;
};

constexpr Announce<Ipv4Address> leecher{.peer = {}, .kind = PeerKind::leecher, .peers_wanted = 10};
constexpr Announce<Ipv4Address> seeder{.peer = {}, .kind = PeerKind::seeder, .peers_wanted = 10};
constexpr Announce<Ipv4Address> partial{
    .peer = {}, .kind = PeerKind::partial_seed, .peers_wanted = 10};
constexpr Announce<Ipv4Address> completed{
    .peer = {}, .kind = PeerKind::seeder, .completed = true, .peers_wanted = 10};
constexpr Announce<Ipv4Address> stop{.peer = {}, .stopped = true, .peers_wanted = 10};

using Peers = std::set<std::uint32_t>;

TEST_F(SwarmTest, IsEmptyAtFirst) {
  expect_counts(0, 0, 0);
  EXPECT_EQ(announce(1, stop), Peers{});
  EXPECT_EQ(swarm_.expire(1000, 1), 1);
  EXPECT_FALSE(swarm_.swarm().is_absent()) << "without peers, but there";
  EXPECT_TRUE(Swarm<Ipv4Address>().is_absent());
}

TEST_F(SwarmTest, NobodyIsToldOfThemselves) {
  EXPECT_EQ(announce(1, leecher), Peers{});
  EXPECT_EQ(announce(1, leecher), Peers{});
  EXPECT_EQ(announce(2, leecher), Peers{1});
  EXPECT_EQ(announce(1, leecher), Peers{2});
  expect_counts(0, 2, 0);
}

TEST_F(SwarmTest, PortsOfOneAddressAreDifferentPeers) {
  ASSERT_EQ(peer_of<Ipv4Address>(2).address, peer_of<Ipv4Address>(3).address);
  announce(2, leecher);
  EXPECT_EQ(announce(3, leecher), Peers{2});
}

TEST_F(SwarmTest, KindsDecideWhoIsToldOfWhom) {
  announce(1, leecher);
  announce(2, seeder);
  announce(3, partial);
  EXPECT_EQ(announce(4, seeder), Peers{1});
  EXPECT_EQ(announce(5, partial), Peers{1});
  EXPECT_EQ(announce(6, leecher), (Peers{1, 2, 3, 4, 5}));
  EXPECT_EQ(announce(1, seeder), Peers{6}) << "itself a leecher until now";
  EXPECT_EQ(announce(6, partial), Peers{});
  expect_counts(3, 3, 0);
}

TEST_F(SwarmTest, StrangersAreToldAndNotStored) {
  announce(1, leecher);
  auto stranger = leecher;
  stranger.store = false;
  EXPECT_EQ(announce(2, stranger), Peers{1});
  EXPECT_EQ(announce(3, leecher), Peers{1});
}

TEST_F(SwarmTest, StoppedGoes) {
  announce(1, leecher);
  announce(2, seeder);
  EXPECT_EQ(announce(1, stop), Peers{});
  expect_counts(1, 0, 0);
  announce(2, stop);
  announce(2, stop);
  expect_counts(0, 0, 0);
}

struct Completion {
  const char* name;
  std::vector<Announce<Ipv4Address>> announces;
  std::uint32_t completed_count;
};

TEST_F(SwarmTest, CompletionsCountOncePerPeerThatWasIncomplete) {
  const Completion rows[] = {
      {"the usual", {leecher, completed}, 1},
      {"of a partial seed", {partial, completed}, 1},
      {"as the first announce", {completed}, 0},
      {"of a seeder", {seeder, completed}, 0},
      {"without the event", {leecher, seeder}, 0},
      {"without having all", {leecher, {.peer = {}, .completed = true}}, 0},
      {"twice in a row", {leecher, completed, completed}, 1},
      {"twice with a relapse", {leecher, completed, leecher, completed}, 1},
      {"late", {leecher, seeder, completed}, 0},
      {"relapsed before the first", {leecher, seeder, leecher, completed}, 1},
      {"again after stopping", {leecher, completed, stop, leecher, completed}, 2},
      {"stopped at once", {leecher, completed, stop}, 1},
  };
  for (const Completion& row : rows) {
    SCOPED_TRACE(row.name);
    swarm_.clear();
    for (const auto& each : row.announces) announce(7, each);
    EXPECT_EQ(swarm_.counts().completed_count, row.completed_count);
  }
}

TEST_F(SwarmTest, ExpiresTheOldOnly) {
  for (std::uint32_t number = 0; number < 100; ++number) {
    now_ = number;
    announce(number, number % 2 == 0 ? leecher : seeder);
  }
  swarm_.expire(119, 60);
  const Peers left = everyone();
  EXPECT_EQ(left.size(), 44U);
  EXPECT_EQ(*left.begin(), 56U);
  expect_counts(22, 22, 0);
}

TEST_F(SwarmTest, ALargeSwarmIsExpiredALittleAtATime) {
  constexpr std::uint32_t count = 10'000;
  for (std::uint32_t number = 0; number < count; ++number) announce(number, {});
  PeerPlace position = PeerPlace::end();
  std::uint32_t left = count;
  int slice_count = 1;
  while (swarm_.swarm().expire_some(position, 1000, 60, swarm_.context())) {
    EXPECT_LE(left - swarm_.peer_count(), 1024U);
    left = swarm_.peer_count();
    ++slice_count;
  }
  EXPECT_GE(slice_count, 10);
  EXPECT_EQ(swarm_.peer_count(), 0U);
}

TEST_F(SwarmTest, AMovedSwarmIsTheSame) {
  for (const std::uint32_t size : {1U, 2U, 3U, 32U, 33U, 100U}) {
    for (std::uint32_t number = 0; number < size; ++number) announce(number, leecher);
    const Swarm<Ipv4Address> moved = swarm_.swarm();  // its bytes, as a table moves it
    swarm_.swarm() = Swarm<Ipv4Address>::empty();
    EXPECT_EQ(swarm_.peer_count(), 0U);
    swarm_.swarm() = moved;
    EXPECT_EQ(everyone().size(), size);
    swarm_.clear();
  }
}

TEST_F(SwarmTest, CompletionsOutliveTheirPeers) {
  announce(1, leecher);
  announce(1, completed);
  swarm_.expire(1000, 60);
  expect_counts(0, 0, 1);
}

// Other peers may come and go after the prefetch and before the announce.
TEST_F(SwarmTest, WhatWasFetchedAheadMayHaveChangedItsForm) {
  constexpr std::uint32_t peer_count = 40;
  auto asked = leecher;
  asked.peer = peer_of<Ipv4Address>(1);
  Swarm<Ipv4Address>& swarm = swarm_.swarm();
  const auto fetch = [&] { return swarm.prefetch(asked, random_, swarm_.context()); };
  const auto announce_asked = [&](std::uint64_t peer_hash) {
    std::vector<std::byte> out(6 * std::size_t{asked.peers_wanted});
    auto announced = asked;
    announced.peer_hash = peer_hash;
    swarm.announce(announced, now_, random_, swarm_.context(), out);
  };
  announce_asked(fetch());
  const std::uint64_t of_array = fetch();
  EXPECT_EQ(of_array, 0U);
  for (std::uint32_t number = 2; number <= peer_count; ++number) announce(number, leecher);
  ASSERT_EQ(swarm.form(), Swarm<Ipv4Address>::Form::list);
  announce_asked(of_array);
  expect_counts(0, peer_count, 0);

  const std::uint64_t of_list = fetch();
  EXPECT_NE(of_list, 0U);
  for (std::uint32_t number = 2; number <= peer_count; ++number) announce(number, stop);
  ASSERT_EQ(swarm.form(), Swarm<Ipv4Address>::Form::array);
  announce_asked(of_list);
  expect_counts(0, 1, 0);
  for (std::uint32_t number = 2; number <= peer_count; ++number) announce(number, leecher);
  announce_asked(of_list);
  expect_counts(0, peer_count, 0);
}

}  // namespace
}  // namespace gyre::swarm
