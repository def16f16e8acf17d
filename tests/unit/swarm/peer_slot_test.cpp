#include "common/swarm/peer_slot.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "common/base/random.hpp"
#include "tests/support/bytes.hpp"
#include "tests/support/scale.hpp"

namespace gyre::swarm {
namespace {

constexpr Seconds turn_s = PeerState::tick_s * (PeerState::tick_mask + 1);  // of the 13 bits
constexpr Seconds age_of_removal_max_s = peer_age_max_s + 2 * cleaning_interval_max_s;

TEST(PeerState, KeepsTheKind) {
  for (const PeerKind kind : {PeerKind::leecher, PeerKind::seeder, PeerKind::partial_seed}) {
    for (const Seconds now : {0U, 3U, turn_s - 1, turn_s, 5 * turn_s + 7, ~0U}) {
      PeerState state(kind, now);
      EXPECT_EQ(state.kind(), kind);
      EXPECT_FALSE(state.completion_counted());
      state.count_completion();
      EXPECT_EQ(state.kind(), kind);
    }
  }
}

TEST(PeerState, TheCountedCompletionStays) {
  PeerState state(PeerKind::leecher, 5);
  state.count_completion();
  for (const Seconds now : {0U, 4U, turn_s - 1, turn_s}) {
    for (const PeerKind kind : {PeerKind::leecher, PeerKind::seeder, PeerKind::partial_seed}) {
      state.set(kind, now);
      EXPECT_TRUE(state.completion_counted());
      EXPECT_EQ(state.kind(), kind);
    }
  }
}

// Another thread's clock may be a moment behind that of the one that took the announce.
TEST(PeerState, WhoAnnouncedAMomentAheadIsNew) {
  for (const Seconds now : {8U, 100U, turn_s, turn_s + 4}) {
    const PeerState state(PeerKind::leecher, now);
    for (const Seconds behind : {0U, 1U, 4U, 8U}) {
      EXPECT_FALSE(state.expired(now - behind, 1));
      EXPECT_EQ(state.age_ticks(now - behind), 0U);
    }
  }
}

TEST(PeerState, OnlyLeechersAreDownloaders) {
  EXPECT_TRUE(is_downloader(PeerKind::leecher));
  EXPECT_FALSE(is_downloader(PeerKind::seeder));
  EXPECT_FALSE(is_downloader(PeerKind::partial_seed));
}

// Both sides of the promise, for every second of two turns of the 13-bit clock.
TEST(PeerState, ExpiresNeverEarlyAndAtMostTwoTicksLate) {
  const auto step = static_cast<Seconds>(10'000 / test::scaled(10'000));
  for (const Seconds max_age_s : {1U, 3U, 4U, 5U, 7U, 8U, 60U, 119U, 1800U, 3600U, 21600U}) {
    for (Seconds set_at = 0; set_at < 2 * turn_s; set_at += step) {
      const PeerState state(PeerKind::leecher, set_at);
      for (const Seconds age : {0U, max_age_s / 2, max_age_s - 1, max_age_s}) {
        ASSERT_FALSE(state.expired(set_at + age, max_age_s)) << set_at << " + " << age;
      }
      const Seconds late_s = 2 * PeerState::tick_s;
      for (const Seconds age : {max_age_s + late_s, max_age_s + late_s + 1,
                                (max_age_s + age_of_removal_max_s) / 2, age_of_removal_max_s}) {
        ASSERT_TRUE(state.expired(set_at + age, max_age_s)) << set_at << " + " << age;
      }
    }
  }
}

TEST(PeerState, ExpiresOnceAndForAllUntilItIsRemoved) {
  Random random(1);
  for (std::size_t i = 0; i < test::scaled(200); ++i) {
    const Seconds max_age_s = 1 + random.below(peer_age_max_s);
    const Seconds set_at = random.below(10 * turn_s);
    const PeerState state(PeerKind::seeder, set_at);
    bool expired = false;
    for (Seconds age = 0; age <= age_of_removal_max_s; ++age) {
      const bool now_expired = state.expired(set_at + age, max_age_s);
      ASSERT_TRUE(now_expired || !expired) << set_at << " + " << age << " of " << max_age_s;
      expired = now_expired;
    }
    EXPECT_TRUE(expired);
  }
}

TEST(PeerState, SettingAgainMakesItYoung) {
  PeerState state(PeerKind::leecher, 100);
  EXPECT_TRUE(state.expired(1000, 60));
  state.set(PeerKind::leecher, 1000);
  EXPECT_FALSE(state.expired(1060, 60));
}

TEST(PeerSlot, IsThePeerInCompactForm) {
  const auto slot = PeerSlot<Ipv4Address>::of(
      {{{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}}}, 0x1ae1}, {});
  const std::span compact(slot.compact(), compact_peer_size(Family::ipv4));
  EXPECT_TRUE(std::ranges::equal(compact, test::from_hex("01020304 1ae1")));
  Ipv6Address address;
  std::ranges::copy(test::from_hex("20010db8 00000000 00000000 000000ff"), address.bytes.begin());
  const auto slot6 = PeerSlot<Ipv6Address>::of({address, 1}, {});
  const std::span compact6(slot6.compact(), compact_peer_size(Family::ipv6));
  EXPECT_TRUE(
      std::ranges::equal(compact6, test::from_hex("20010db8 00000000 00000000 000000ff 0001")));
}

TEST(PeerSlot, AddressAndPortMakeThePeerAndTheStateDoesNot) {
  const PeerAddress<Ipv4Address> peer{{{std::byte{1}}}, 6881};
  const auto slot = PeerSlot<Ipv4Address>::of(peer, {PeerKind::leecher, 5});
  EXPECT_TRUE(slot.same_peer(PeerSlot<Ipv4Address>::of(peer, {PeerKind::seeder, 900})));
  EXPECT_FALSE(slot.same_peer(PeerSlot<Ipv4Address>::of({peer.address, 6882}, {})));
  EXPECT_FALSE(slot.same_peer(PeerSlot<Ipv4Address>::of({{{std::byte{2}}}, 6881}, {})));
}

}  // namespace
}  // namespace gyre::swarm
