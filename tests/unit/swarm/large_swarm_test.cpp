// Swarms of several parts: growing, shrinking and choosing across their borders. How many parts
// there are is seen by the places of the peers.
#include "common/swarm/large_swarm.hpp"

#include <gtest/gtest.h>

#include <set>

#include "held_swarm.hpp"
#include "swarm_model.hpp"
#include "tests/support/scale.hpp"

namespace gyre::swarm {
namespace {

using test::number_of;
using test::peer_of;

constexpr std::uint32_t peers_of_part_max = 2'500;  // on average
constexpr std::uint32_t peers_of_part_min = 1'000;

// Several parts even under sanitizers.
std::uint32_t population_max() {
  return std::max(95'000U, static_cast<std::uint32_t>(gyre::test::scaled(200'000)));
}

PeerKind kind_of(std::uint32_t number) {
  constexpr PeerKind kinds[] = {PeerKind::leecher, PeerKind::seeder, PeerKind::partial_seed,
                                PeerKind::seeder};
  return kinds[number % 4];
}

template <class Address>
class Fixture {
 public:
  using Slot = PeerSlot<Address>;

  explicit Fixture(std::uint32_t population, SwarmLimits limits = {})
      : is_in_(population),
        context_{.secret = {7, 8}, .limits = limits, .budget = &budget_},
        swarm_({}, context_) {}

  void insert(std::uint32_t number, Seconds now = 0) {
    swarm_.insert(slot(number, now), hash(number), context_);
    is_in_[number] = true;
    ++count_;
    budget_.take_peer(0);
  }
  void erase(std::uint32_t number) {
    const auto place = find(number);
    ASSERT_TRUE(place) << number;
    swarm_.erase(*place, context_);
    is_in_[number] = false;
    --count_;
    budget_.give_peers(1);
  }
  std::optional<PeerPlace> find(std::uint32_t number) const {
    return swarm_.find(slot(number, 0), hash(number));
  }
  // One whole expiry, at a time at which only the older ones go.
  void expire(Seconds now = 0) {
    ExpiryPosition position;
    bool more = true;
    while (more) {
      const std::uint32_t before = swarm_.peer_count();
      more = swarm_.expire_some(position, now, 60, context_);
      ASSERT_LE(before - swarm_.peer_count(), 1024U) << "a slice is bounded";
    }
  }
  void forget(std::uint32_t number) {  // that has expired
    is_in_[number] = false;
    --count_;
  }

  // Every peer is found where it is, and nobody else is there. Returns the number of parts.
  std::uint32_t check_all() {
    EXPECT_EQ(swarm_.peer_count(), count_);
    EXPECT_EQ(budget_.peer_count(), count_);
    std::uint32_t part_count = 1;
    std::uint32_t wanting_count = 0;
    std::uint32_t seeder_count = 0;
    std::set<std::pair<std::uint32_t, std::uint32_t>> places;
    for (std::uint32_t number = 0; number < is_in_.size(); ++number) {
      const auto place = find(number);
      EXPECT_EQ(place.has_value(), is_in_[number]) << number;
      if (testing::Test::HasFailure()) return 0;
      if (!place) continue;
      EXPECT_TRUE(swarm_.at(*place).same_peer(slot(number, 0)));
      EXPECT_TRUE(places.insert({place->part, place->position}).second);
      part_count = std::max(part_count, place->part + 1);
      wanting_count += kind_of(number) == PeerKind::leecher ? 1 : 0;
      seeder_count += kind_of(number) == PeerKind::seeder ? 1 : 0;
    }
    EXPECT_EQ(swarm_.wanting_count(), wanting_count);
    EXPECT_EQ(swarm_.seeder_count(), seeder_count);
    return part_count;
  }

  // For that peer, which may be a stranger.
  void check_choice(std::uint32_t number, bool only_wanting, std::uint32_t wanted) {
    const auto self = find(number);
    const bool self_is_choosable = self && (!only_wanting || kind_of(number) == PeerKind::leecher);
    const std::uint32_t pool =
        (only_wanting ? swarm_.wanting_count() : swarm_.peer_count()) - (self_is_choosable ? 1 : 0);
    std::vector<std::byte> out(std::size_t{wanted} * peer_size);
    swarm_.prefetch(slot(number, 0), hash(number), wanted, random_);
    const std::uint32_t count =
        swarm_.choose_peers(self, only_wanting, wanted, random_, out.data());
    ASSERT_EQ(count, std::min(wanted, pool));
    std::vector<bool> told(is_in_.size());
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t other = number_of<Address>(&out[i * peer_size]);
      ASSERT_LT(other, is_in_.size());
      ASSERT_TRUE(is_in_[other]);
      ASSERT_NE(other, number);
      ASSERT_FALSE(told[other]) << "told twice";
      ASSERT_TRUE(!only_wanting || kind_of(other) == PeerKind::leecher);
      told[other] = true;
    }
  }
  void check_choices() {
    for (const bool only_wanting : {false, true}) {
      for (const std::uint32_t wanted : {0U, 1U, 30U, 50U, 999U, count_ - 1, count_, count_ + 5}) {
        check_choice(random_.below(static_cast<std::uint32_t>(is_in_.size())), only_wanting,
                     wanted);
      }
      for (int i = 0; i < 200; ++i) {
        check_choice(random_.below(static_cast<std::uint32_t>(is_in_.size())), only_wanting, 50);
      }
    }
  }

  LargeSwarm<Address>& swarm() { return swarm_; }
  const SwarmContext& context() const { return context_; }
  Random& random() { return random_; }
  static Slot slot(std::uint32_t number, Seconds now) {
    return Slot::of(peer_of<Address>(number), {kind_of(number), now});
  }
  std::uint64_t hash(std::uint32_t number) const { return peer_hash(slot(number, 0), context_); }

 private:
  static constexpr std::size_t peer_size = compact_peer_size(family_of<Address>);

  std::vector<bool> is_in_;
  std::uint32_t count_ = 0;
  Random random_{1};
  Budget budget_;
  SwarmContext context_;
  LargeSwarm<Address> swarm_;
};

template <class Address>
class LargeSwarmTest : public testing::Test {};
using Addresses = testing::Types<Ipv4Address, Ipv6Address>;
TYPED_TEST_SUITE(LargeSwarmTest, Addresses);

TYPED_TEST(LargeSwarmTest, GrowsAndShrinksByParts) {
  const std::uint32_t population = population_max();
  Fixture<TypeParam> fixture(population);
  std::set<std::uint32_t> growing;
  for (std::uint32_t number = 0; number < population; ++number) {
    fixture.insert(number);
    if (number % 20'000 == 19'999) {
      growing.insert(fixture.check_all());
      fixture.check_choices();
    }
  }
  EXPECT_EQ(fixture.check_all(), (population - 1) / peers_of_part_max + 1);
  EXPECT_GE(growing.size(), 3U);
  std::set<std::uint32_t> shrinking;
  for (std::uint32_t number = 0; number < population; ++number) {
    fixture.erase(number * 7 % population);
    if (number % 15'000 != 14'999) continue;
    fixture.expire();  // which removes nobody, but parts that are no longer needed
    shrinking.insert(fixture.check_all());
    fixture.check_choices();
  }
  EXPECT_GE(shrinking.size(), 3U);
  fixture.expire();
  EXPECT_EQ(fixture.check_all(), 1U);
  for (std::uint32_t number = 0; number < 1000; ++number) fixture.insert(number);
  EXPECT_EQ(fixture.check_all(), 1U);
}

TYPED_TEST(LargeSwarmTest, ExpiresInEveryPart) {
  const std::uint32_t population = population_max();
  Fixture<TypeParam> fixture(population);
  const auto is_old = [](std::uint32_t number) { return number % 3 != 0; };
  for (std::uint32_t number = 0; number < population; ++number) {
    fixture.insert(number, is_old(number) ? 0 : 40);
  }
  fixture.expire(60);
  EXPECT_GE(fixture.check_all(), 4U) << "all young enough";
  fixture.expire(80);
  for (std::uint32_t number = 0; number < population; ++number) {
    if (is_old(number)) fixture.forget(number);
  }
  EXPECT_LE(fixture.check_all(), fixture.swarm().peer_count() / peers_of_part_min);
  fixture.check_choices();
  fixture.expire(2000);
  EXPECT_EQ(fixture.swarm().peer_count(), 0U);
}

TYPED_TEST(LargeSwarmTest, OtherStatesMoveWithinTheirPart) {
  const std::uint32_t population = 3 * peers_of_part_max;
  Fixture<TypeParam> fixture(population);
  for (std::uint32_t number = 0; number < population; ++number) fixture.insert(number);
  for (const bool there : {true, false}) {
    for (std::uint32_t number = 0; number < population; number += 5) {
      const auto before = *fixture.find(number);
      const PeerKind kind = there ? kind_of(number + 1) : kind_of(number);
      const std::uint64_t hash = peer_hash(fixture.swarm().at(before), fixture.context());
      const auto after = fixture.swarm().replace(before, hash, {kind, 0}, fixture.context());
      ASSERT_EQ(after.part, before.part);
      const auto found = *fixture.find(number);
      ASSERT_EQ(found.part, after.part);
      ASSERT_EQ(found.position, after.position);
      ASSERT_EQ(fixture.swarm().at(found).state.kind(), kind);
    }
  }
  fixture.check_all();
}

TYPED_TEST(LargeSwarmTest, CopiesAllPeersThoseWhoWantFirst) {
  const std::uint32_t population = 2 * peers_of_part_max + 1;
  Fixture<TypeParam> fixture(population);
  for (std::uint32_t number = 0; number < population; ++number) fixture.insert(number);
  std::vector<PeerSlot<TypeParam>> copies(population);
  fixture.swarm().copy_peers(copies.data());
  std::vector<bool> seen(population);
  for (std::uint32_t i = 0; i < population; ++i) {
    const std::uint32_t number = number_of<TypeParam>(copies[i].compact());
    ASSERT_FALSE(seen[number]);
    seen[number] = true;
    ASSERT_EQ(copies[i].state.kind(), kind_of(number));
    ASSERT_EQ(copies[i].wants_data(), i < fixture.swarm().wanting_count());
  }
}

TYPED_TEST(LargeSwarmTest, CountsThePeersOfOneAddress) {
  const std::uint32_t population = 3 * peers_of_part_max;
  Fixture<TypeParam> fixture(population, {.peers_per_address = 3});
  for (std::uint32_t number = 0; number < population; ++number) {
    if (number % 6 != 5) fixture.insert(number, 4 * (number % 3 == 1 ? 10 : 20 + number % 3));
  }
  for (std::uint32_t number = 0; number < population; number += 3) {
    const auto same =
        fixture.swarm().same_address(fixture.slot(number, 0), 1000, fixture.context());
    ASSERT_EQ(same.count, number % 6 == 3 ? 2U : 3U);
    ASSERT_EQ(number_of<TypeParam>(fixture.swarm().at(same.oldest).compact()), number + 1);
    ASSERT_EQ(same.oldest_age_ticks, 1000 / 4 - 10U);
  }
  EXPECT_GE(fixture.check_all(), 3U);
  const auto stranger = fixture.slot(population + 2, 0);
  EXPECT_EQ(fixture.swarm().same_address(stranger, 1000, fixture.context()).count, 0U);
}

// Of 64 neighbours the oldest is among the oldest twentieth of all, mostly.
TYPED_TEST(LargeSwarmTest, TheOldestOfSomeIsOld) {
  const std::uint32_t population = 3 * peers_of_part_max;
  Fixture<TypeParam> fixture(population);
  for (std::uint32_t number = 0; number < population; ++number) {
    fixture.insert(number, 4 * fixture.random().below(1000));
  }
  std::set<std::uint32_t> parts;
  int old_count = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto place = fixture.swarm().oldest(4000, fixture.random());
    parts.insert(place.part);
    old_count += fixture.swarm().at(place).state.age_ticks(4000) >= 950 ? 1 : 0;
  }
  EXPECT_GT(old_count, 930) << "1 - 0.95^64 is 96 %";
  EXPECT_EQ(parts.size(), fixture.check_all()) << "from every part";
}

struct Attack {
  std::uint32_t others = 0;  // peers of any part that come first
  std::uint32_t sent = PeerIndex::capacity_max + 500;
  SwarmLimits limits = {};
};
struct Attacked {
  std::uint32_t replaced = 0;
  std::uint32_t peer_count = 0;
};

// Who has learnt the secret, or which peers are told together, can send peers that all belong to
// one part. It has an end, and then its oldest peer gives way.
Attacked fill_one_part(const Attack& attack) {
  test::HeldSwarm<Ipv4Address> swarm(attack.limits);
  Random random(1);
  Attacked result;
  for (std::uint32_t number = 0; number < attack.others; ++number) {
    swarm.announce({.peer = peer_of<Ipv4Address>(number)}, 0, random);
  }
  std::uint32_t sent = 0;
  for (std::uint32_t number = attack.others; sent < attack.sent; ++number) {
    const PeerAddress<Ipv4Address> peer = peer_of<Ipv4Address>(number);
    const std::uint64_t hash = peer_hash(PeerSlot<Ipv4Address>::of(peer, {}), swarm.context());
    if ((hash >> 32 & 63) != 0) continue;
    ++sent;
    const auto outcome = swarm.announce({.peer = peer}, sent / 1000, random);
    result.replaced += outcome.admission == Admission::replaced_oldest ? 1 : 0;
    EXPECT_NE(outcome.admission, Admission::not_asked) << number;
    if (testing::Test::HasFailure()) break;
  }
  result.peer_count = swarm.peer_count();
  swarm.expire(4000, 1000);
  EXPECT_EQ(swarm.peer_count(), 0U);
  return result;
}

TEST(LargeSwarmUnderAttack, AFullPartStaysFull) {
  const Attacked result = fill_one_part({});
  EXPECT_EQ(result.replaced, 500U);
  EXPECT_EQ(result.peer_count, PeerIndex::capacity_max);
}

// The oldest of all are in other parts, and make no room in the full one.
TEST(LargeSwarmUnderAttack, AFullPartOfAFullSwarmStaysFull) {
  constexpr std::uint32_t peers_max = 100'000;
  const Attack attack{.others = 70'000, .limits = {.peers_per_swarm = peers_max}};
  const Attacked result = fill_one_part(attack);
  EXPECT_EQ(result.replaced, attack.others + attack.sent - peers_max);
  EXPECT_EQ(result.peer_count, peers_max);
}

}  // namespace
}  // namespace gyre::swarm
