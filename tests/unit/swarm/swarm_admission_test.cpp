// Who is stored, who is evicted and who is refused when a swarm, an address or the tracker is full.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "held_swarm.hpp"
#include "swarm_model.hpp"
#include "torrents.hpp"

namespace gyre::swarm {
namespace {

using test::peer_of;

template <class Address>
PeerAddress<Address> peer(std::initializer_list<unsigned> address, std::uint16_t port) {
  PeerAddress<Address> peer{{}, port};
  std::ranges::transform(address, peer.address.bytes.begin(),
                         [](unsigned byte) { return static_cast<std::byte>(byte); });
  return peer;
}

template <class Address>
class Admitting {
 public:
  explicit Admitting(const SwarmLimits& limits, const BudgetLimits& budget = {})
      : swarm_(limits, budget) {}

  Admission announce(const PeerAddress<Address>& peer, bool store = true) {
    return swarm_.announce({.peer = peer, .store = store}, now_, random_).admission;
  }
  Admission announce(std::uint32_t number, bool store = true) {
    return announce(peer_of<Address>(number), store);
  }
  std::set<PeerAddress<Address>> everyone() {
    constexpr std::size_t peer_size = compact_peer_size(family_of<Address>);
    const std::uint32_t count = swarm_.peer_count();
    std::vector<std::byte> out(count * peer_size);
    const Announce<Address> stranger{.peer = {}, .store = false, .peers_wanted = count};
    EXPECT_EQ(swarm_.announce(stranger, now_, random_, out).compact_peer_count, count);
    std::set<PeerAddress<Address>> peers;
    for (std::size_t at = 0; at < out.size(); at += peer_size) {
      PeerAddress<Address> peer;
      std::copy_n(&out[at], sizeof(Address), peer.address.bytes.begin());
      peer.port = load_be<std::uint16_t>(&out[at + sizeof(Address)]);
      EXPECT_TRUE(peers.insert(peer).second);
    }
    return peers;
  }
  bool has(const PeerAddress<Address>& peer) { return everyone().contains(peer); }
  void pass_time() { now_ += PeerState::tick_s; }
  Seconds now() const { return now_; }
  std::uint32_t peer_count() const { return swarm_.peer_count(); }
  test::HeldSwarm<Address>& swarm() { return swarm_; }

 private:
  test::HeldSwarm<Address> swarm_;
  Random random_{1};
  Seconds now_ = 1000;
};

// Peers come and come again in a random order; when the swarm is full, the one that was silent for
// longest is evicted: exactly with up to 64 peers; beyond, at least 63 others are younger.
void expect_old_are_evicted(std::uint32_t limit) {
  SCOPED_TRACE(limit);
  Admitting<Ipv4Address> swarm({.peers_per_swarm = limit});
  std::map<PeerAddress<Ipv4Address>, Seconds> seen;
  Random random(limit);
  for (int i = 0; i < 2000; ++i) {
    swarm.pass_time();
    const auto peer = peer_of<Ipv4Address>(random.below(limit + limit / 2 + 2));
    const bool is_known = seen.contains(peer);
    const bool is_full = seen.size() == limit;
    const Admission admission = swarm.announce(peer);
    seen[peer] = swarm.now();
    if (is_known) {
      ASSERT_EQ(admission, Admission::not_asked);
      continue;
    }
    ASSERT_EQ(admission, is_full ? Admission::replaced_oldest : Admission::admitted);
    if (!is_full) continue;
    const auto left = swarm.everyone();
    ASSERT_EQ(left.size(), limit);
    ASSERT_TRUE(left.contains(peer));
    const auto gone = std::ranges::find_if(
        seen, [&left](const auto& entry) { return !left.contains(entry.first); });
    ASSERT_NE(gone, seen.end());
    const auto older = std::ranges::count_if(
        seen, [&gone](const auto& entry) { return entry.second < gone->second; });
    ASSERT_LE(older, limit <= 64 ? 0 : limit - 64);
    seen.erase(gone);
  }
}

TEST(SwarmAdmission, TheOldestOfAFullSwarmGivesWay) {
  for (const std::uint32_t limit : {1U, 2U, 3U, 4U, 31U, 32U, 33U, 40U, 64U, 100U, 300U}) {
    expect_old_are_evicted(limit);
  }
}

TEST(SwarmAdmission, ALargeSwarmStaysAtItsLimit) {
  constexpr std::uint32_t limit = 60'000;  // of several parts
  Admitting<Ipv6Address> swarm({.peers_per_swarm = limit});
  for (std::uint32_t number = 0; number < 2 * limit; ++number) {
    if (number % 1'000 == 0) swarm.pass_time();
    ASSERT_EQ(swarm.announce(number),
              number < limit ? Admission::admitted : Admission::replaced_oldest);
  }
  EXPECT_EQ(swarm.peer_count(), limit);
  EXPECT_EQ(swarm.swarm().budget().peer_count(), limit);
  const auto left = swarm.everyone();
  std::uint32_t old_count = 0;
  for (std::uint32_t number = 0; number < limit; ++number) {
    old_count += left.contains(peer_of<Ipv6Address>(number)) ? 1 : 0;
  }
  EXPECT_LT(old_count, limit * 3 / 10) << "by chance alone e^-1 of the older half would be left";
}

// A crowd of other peers before it makes the swarm an array, an array on the heap, or a large one.
template <class Address>
void expect_address_limit(const PeerAddress<Address>& first, const PeerAddress<Address>& second,
                          const PeerAddress<Address>& third, bool limited) {
  for (const std::uint32_t crowd : {0U, 5U, 30U, 31U, 32U, 50U, 1'000U, 40'000U}) {
    SCOPED_TRACE(crowd);
    Admitting<Address> swarm({.peers_per_address = 2});
    for (std::uint32_t i = 0; i < crowd; ++i) {
      ASSERT_EQ(swarm.announce(test::peers_per_subscriber * i), Admission::admitted);
    }
    EXPECT_EQ(swarm.announce(first), Admission::admitted);
    swarm.pass_time();
    EXPECT_EQ(swarm.announce(second), Admission::admitted);
    swarm.pass_time();
    EXPECT_EQ(swarm.announce(first), Admission::not_asked) << "which makes it the younger one";
    EXPECT_EQ(swarm.announce(third, false), Admission::not_asked);
    EXPECT_EQ(swarm.announce(third), limited ? Admission::replaced_address : Admission::admitted);
    EXPECT_EQ(swarm.peer_count(), crowd + (limited ? 2 : 3));
    EXPECT_EQ(swarm.swarm().budget().peer_count(), swarm.peer_count());
    EXPECT_TRUE(swarm.has(first));
    EXPECT_TRUE(swarm.has(third));
    EXPECT_EQ(swarm.has(second), !limited);
  }
}

TEST(SwarmAdmission, TheOldestOfAnAddressGivesWay) {
  const auto at = [](unsigned last_byte, std::uint16_t port) {
    return peer<Ipv4Address>({192, 0, 2, last_byte}, port);
  };
  expect_address_limit(at(1, 1), at(1, 2), at(1, 3), true);
  expect_address_limit(at(1, 1), at(1, 2), at(2, 3), false);
  expect_address_limit(at(1, 1), at(2, 1), at(3, 1), false);
}

TEST(SwarmAdmission, OfIpv6TheFirst64BitsAreTheAddress) {
  const auto at = [](unsigned eighth_byte, unsigned ninth_byte, std::uint16_t port) {
    return peer<Ipv6Address>({0x20, 1, 0xd, 0xb8, 0, 0, 0, eighth_byte, ninth_byte}, port);
  };
  expect_address_limit(at(1, 0, 1), at(1, 0, 2), at(1, 0, 3), true);
  expect_address_limit(at(1, 0, 1), at(1, 1, 1), at(1, 2, 1), true);
  expect_address_limit(at(1, 0, 1), at(1, 1, 1), at(2, 0, 1), false);
}

TEST(SwarmAdmission, TheHostItselfIsNotLimited) {
  const auto local = [](std::uint16_t port) { return peer<Ipv4Address>({127, 0, 0, 1}, port); };
  expect_address_limit(local(1), local(2), local(3), false);
  const auto local6 = [](std::uint16_t port) {
    return peer<Ipv6Address>({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, port);
  };
  expect_address_limit(local6(1), local6(2), local6(3), false);
}

TEST(SwarmAdmission, OneAddressNeverHasMoreThanItMay) {
  for (const std::uint32_t crowd : {0U, 20U, 40'000U}) {
    Admitting<Ipv4Address> swarm({.peers_per_address = 3});
    for (std::uint32_t i = 0; i < crowd; ++i) swarm.announce(test::peers_per_subscriber * i);
    for (std::uint32_t port = 1; port <= 65'535; ++port) {
      const auto attacker = peer<Ipv4Address>({192, 0, 2, 1}, static_cast<std::uint16_t>(port));
      ASSERT_EQ(swarm.announce(attacker),
                port <= 3 ? Admission::admitted : Admission::replaced_address);
    }
    EXPECT_EQ(swarm.peer_count(), crowd + 3);
  }
}

TEST(SwarmAdmission, TheAddressGivesWayBeforeTheSwarm) {
  Admitting<Ipv4Address> swarm({.peers_per_swarm = 3, .peers_per_address = 1});
  for (const std::uint32_t number : {6U, 0U, 3U}) {
    swarm.announce(number);
    swarm.pass_time();
  }
  EXPECT_EQ(swarm.announce(1), Admission::replaced_address);
  EXPECT_TRUE(swarm.has(peer_of<Ipv4Address>(6))) << "the oldest of all";
  EXPECT_FALSE(swarm.has(peer_of<Ipv4Address>(0)));
  EXPECT_EQ(swarm.announce(9), Admission::replaced_oldest);
  EXPECT_FALSE(swarm.has(peer_of<Ipv4Address>(6)));
}

TEST(SwarmAdmission, AFullTrackerAnswersAllTheSame) {
  test::HeldSwarm<Ipv4Address> swarm({}, {.peers = 40});
  Random random(1);
  std::vector<std::byte> out(6 * std::size_t{50});
  for (std::uint32_t number = 0; number < 100; ++number) {
    const auto outcome = swarm.announce(
        {.peer = peer_of<Ipv4Address>(number), .may_replace = true, .peers_wanted = 50}, 0, random,
        out);
    ASSERT_EQ(outcome.admission, number < 40 ? Admission::admitted : Admission::replaced_oldest);
    ASSERT_EQ(outcome.compact_peer_count, std::min(number, 40U));
    ASSERT_EQ(swarm.peer_count(), std::min(number + 1, 40U));
  }
  EXPECT_EQ(swarm.announce({.peer = peer_of<Ipv4Address>(99)}, 0, random).admission,
            Admission::not_asked);
  swarm.announce({.peer = peer_of<Ipv4Address>(99), .stopped = true}, 0, random);
  EXPECT_EQ(swarm.announce({.peer = peer_of<Ipv4Address>(100)}, 0, random).admission,
            Admission::admitted);
}

// What is full replaces its own and takes nothing from the budget.
TEST(SwarmAdmission, ReplacingNeedsNoRoomInTheTracker) {
  Admitting<Ipv4Address> swarm({.peers_per_swarm = 10, .peers_per_address = 1}, {.peers = 10});
  for (std::uint32_t i = 0; i < 10; ++i) {
    EXPECT_EQ(swarm.announce(test::peers_per_subscriber * i), Admission::admitted);
  }
  EXPECT_EQ(swarm.announce(1), Admission::replaced_address);
  EXPECT_EQ(swarm.announce(900), Admission::replaced_oldest);
  EXPECT_EQ(swarm.swarm().budget().peer_count(), 10U);
}

class MapAdmission : public testing::Test {
 protected:
  AnnounceOutcome announce(std::uint32_t torrent, std::uint32_t number) {
    return test::announce(
        map_, test::torrent(torrent),
        Announce<Ipv4Address>{.peer = peer_of<Ipv4Address>(number), .may_replace = true}, 0,
        random_);
  }

  Budget budget_{{.peers = 200, .torrents = 3}};
  SwarmMap<Ipv4Address> map_{{1, 2}, {}, budget_, 2};
  Random random_{1};
};

TEST_F(MapAdmission, TorrentsBeyondTheLimitAreAnsweredAndNotKept) {
  for (std::uint32_t torrent = 0; torrent < 3; ++torrent) {
    EXPECT_EQ(announce(torrent, 1).admission, Admission::admitted);
  }
  for (std::uint32_t torrent = 3; torrent < 100; ++torrent) {
    const auto outcome = announce(torrent, 1);
    EXPECT_EQ(outcome.admission, Admission::refused_torrent);
    EXPECT_EQ(outcome.compact_peer_count, 0U);
    test::expect_equal(outcome.counts, {});
  }
  EXPECT_EQ(announce(2, 2).admission, Admission::admitted) << "known torrents go on";
  EXPECT_EQ(map_.totals().torrent_count, 3U);
  EXPECT_EQ(budget_.torrent_count(), 3U);
  EXPECT_EQ(budget_.peer_count(), 4U);
}

TEST_F(MapAdmission, SmallSwarmsHaveTheLastRoomForPeers) {
  for (std::uint32_t number = 0; number < 190; ++number) {
    EXPECT_EQ(announce(0, number).admission, Admission::admitted);
  }
  EXPECT_EQ(announce(0, 190).admission, Admission::replaced_oldest);
  for (std::uint32_t number = 0; number < 10; ++number) {
    EXPECT_EQ(announce(1, number).admission, Admission::admitted);
  }
  EXPECT_EQ(announce(1, 10).admission, Admission::replaced_oldest) << "nobody is left out";
  EXPECT_EQ(announce(2, 1).admission, Admission::refused_peer) << "there is nobody to evict";
  EXPECT_EQ(budget_.peer_count(), 200U);
}

TEST_F(MapAdmission, ATorrentWhoseFirstPeerIsRefusedDoesNotCome) {
  for (std::uint32_t number = 0; number < 200; ++number) announce(0, number);
  for (std::uint32_t number = 0; number < 10; ++number) announce(1, number);
  const auto outcome = announce(2, 1);
  EXPECT_EQ(outcome.admission, Admission::refused_peer);
  test::expect_equal(outcome.counts, {});
  EXPECT_EQ(budget_.torrent_count(), 2U);
  EXPECT_EQ(map_.totals().torrent_count, 2U);
}

}  // namespace
}  // namespace gyre::swarm
