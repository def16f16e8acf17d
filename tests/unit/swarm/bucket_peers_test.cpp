// Peers in several buckets: growing, shrinking and sampling across their borders.
#include "common/swarm/bucket_peers.hpp"

#include <gtest/gtest.h>

#include <set>

#include "held_swarm.hpp"
#include "swarm_model.hpp"
#include "tests/support/scale.hpp"

namespace gyre::swarm {
namespace {

using test::number_of;
using test::peer_of;

constexpr std::uint32_t peers_per_bucket_max = 2'500;  // on average
constexpr std::uint32_t peers_per_bucket_min = 1'000;

// Several buckets even under sanitizers.
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
        context_{.secret = {7, 8}, .limits = limits, .budget = BudgetShare(&budget_)},
        peers_(ListPeers<Address>()) {}

  void insert(std::uint32_t number, Seconds now = 0) {
    peers_.insert(slot(number, now), hash(number), context_);
    is_in_[number] = true;
    ++count_;
    budget_.take_peer(0);
  }
  void erase(std::uint32_t number) {
    const auto place = find(number);
    ASSERT_TRUE(place) << number;
    peers_.erase(*place, context_);
    is_in_[number] = false;
    --count_;
    budget_.give_peers(1);
  }
  std::optional<PeerPlace> find(std::uint32_t number) const {
    return peers_.find(slot(number, 0), hash(number));
  }
  // One whole expiry, at a time at which only the older ones go.
  void expire(Seconds now = 0) {
    PeerPlace position = PeerPlace::end();
    bool more = true;
    while (more) {
      const std::uint32_t before = peers_.peer_count();
      more = peers_.expire_some(position, now, 60, context_);
      ASSERT_LE(before - peers_.peer_count(), 1024U) << "a slice is bounded";
    }
  }
  void forget(std::uint32_t number) {  // that has expired
    is_in_[number] = false;
    --count_;
  }

  // Every peer is found where it is, and nobody else is there. Returns the number of buckets.
  std::uint32_t check_all() {
    EXPECT_EQ(peers_.peer_count(), count_);
    EXPECT_EQ(budget_.peer_count(), count_);
    std::uint32_t downloader_count = 0;
    std::uint32_t seeder_count = 0;
    std::set<std::pair<std::uint32_t, std::uint32_t>> places;
    for (std::uint32_t number = 0; number < is_in_.size(); ++number) {
      const auto place = find(number);
      EXPECT_EQ(place.has_value(), is_in_[number]) << number;
      if (testing::Test::HasFailure()) return 0;
      if (!place) continue;
      EXPECT_TRUE(peers_.at(*place).same_peer(slot(number, 0)));
      EXPECT_TRUE(places.insert({place->bucket, place->position}).second);
      EXPECT_LT(place->bucket, peers_.bucket_count());
      downloader_count += kind_of(number) == PeerKind::leecher ? 1 : 0;
      seeder_count += kind_of(number) == PeerKind::seeder ? 1 : 0;
    }
    EXPECT_EQ(peers_.pool_of(PeerKind::leecher), count_) << "nobody is surplus";
    EXPECT_EQ(peers_.pool_of(PeerKind::seeder), downloader_count);
    EXPECT_EQ(peers_.seeder_count(), seeder_count);
    peers_.check_invariants(context_);
    return peers_.bucket_count();
  }

  // For that peer, which may be a stranger.
  void check_sample(std::uint32_t number, PeerKind kind, std::uint32_t wanted) {
    const auto self = find(number);
    const bool all = kind == PeerKind::leecher;
    const bool self_is_in_pool = self && (all || kind_of(number) == PeerKind::leecher);
    const std::uint32_t pool = peers_.pool_of(kind) - (self_is_in_pool ? 1 : 0);
    std::vector<std::byte> out(std::size_t{wanted} * peer_size);
    const auto peer = Slot::of(peer_of<Address>(number), {kind, 0});
    peers_.prefetch(peer, hash(number), wanted, random_);
    const std::uint32_t count = peers_.sample(self, kind, wanted, random_, out.data());
    ASSERT_EQ(count, std::min(wanted, pool));
    std::vector<bool> returned(is_in_.size());
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t other = number_of<Address>(&out[i * peer_size]);
      ASSERT_LT(other, is_in_.size());
      ASSERT_TRUE(is_in_[other]);
      ASSERT_NE(other, number);
      ASSERT_FALSE(returned[other]) << "returned twice";
      ASSERT_TRUE(all || kind_of(other) == PeerKind::leecher);
      returned[other] = true;
    }
  }
  void check_samples() {
    for (const PeerKind kind : {PeerKind::leecher, PeerKind::seeder}) {
      for (const std::uint32_t wanted : {0U, 1U, 30U, 50U, 999U, count_ - 1, count_, count_ + 5}) {
        check_sample(random_.below(static_cast<std::uint32_t>(is_in_.size())), kind, wanted);
      }
      for (int i = 0; i < 200; ++i) {
        check_sample(random_.below(static_cast<std::uint32_t>(is_in_.size())), kind, 50);
      }
    }
  }

  BucketPeers<Address>& peers() { return peers_; }
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
  BucketPeers<Address> peers_;
};

template <class Address>
class BucketPeersTest : public testing::Test {};
using Addresses = testing::Types<Ipv4Address, Ipv6Address>;
TYPED_TEST_SUITE(BucketPeersTest, Addresses);

TYPED_TEST(BucketPeersTest, GrowsAndShrinksByBuckets) {
  const std::uint32_t population = population_max();
  Fixture<TypeParam> fixture(population);
  std::set<std::uint32_t> growing;
  for (std::uint32_t number = 0; number < population; ++number) {
    fixture.insert(number);
    if (number % 20'000 == 19'999) {
      growing.insert(fixture.check_all());
      fixture.check_samples();
    }
  }
  EXPECT_EQ(fixture.check_all(), (population - 1) / peers_per_bucket_max + 1);
  EXPECT_GE(growing.size(), 3U);
  std::set<std::uint32_t> shrinking;
  for (std::uint32_t number = 0; number < population; ++number) {
    fixture.erase(number * 7 % population);
    if (number % 15'000 != 14'999) continue;
    fixture.expire();  // which removes nobody, but buckets that are no longer needed
    shrinking.insert(fixture.check_all());
    fixture.check_samples();
  }
  EXPECT_GE(shrinking.size(), 3U);
  fixture.expire();
  EXPECT_EQ(fixture.check_all(), 1U);
  for (std::uint32_t number = 0; number < 1000; ++number) fixture.insert(number);
  EXPECT_EQ(fixture.check_all(), 1U);
}

TYPED_TEST(BucketPeersTest, ExpiresInEveryBucket) {
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
  EXPECT_LE(fixture.check_all(), fixture.peers().peer_count() / peers_per_bucket_min);
  fixture.check_samples();
  fixture.expire(2000);
  EXPECT_EQ(fixture.peers().peer_count(), 0U);
}

TYPED_TEST(BucketPeersTest, OtherStatesMoveWithinTheirBucket) {
  const std::uint32_t population = 3 * peers_per_bucket_max;
  Fixture<TypeParam> fixture(population);
  for (std::uint32_t number = 0; number < population; ++number) fixture.insert(number);
  for (const bool there : {true, false}) {
    for (std::uint32_t number = 0; number < population; number += 5) {
      const auto before = *fixture.find(number);
      const PeerKind kind = there ? kind_of(number + 1) : kind_of(number);
      const std::uint64_t hash = peer_hash(fixture.peers().at(before), fixture.context());
      const auto after = fixture.peers().set_state(before, hash, {kind, 0}, fixture.context());
      ASSERT_EQ(after.bucket, before.bucket);
      const auto found = *fixture.find(number);
      ASSERT_EQ(found.bucket, after.bucket);
      ASSERT_EQ(found.position, after.position);
      ASSERT_EQ(fixture.peers().at(found).state.kind(), kind);
    }
  }
  fixture.check_all();
}

TYPED_TEST(BucketPeersTest, VisitsThePeersOfOneAddress) {
  const std::uint32_t population = 3 * peers_per_bucket_max;
  Fixture<TypeParam> fixture(population, {.peers_per_address = 3});
  for (std::uint32_t number = 0; number < population; ++number) {
    if (number % 4 != 3) fixture.insert(number);
  }
  const auto visited = [&fixture](std::uint32_t number) {
    std::set<std::uint32_t> numbers;
    fixture.peers().visit_same_address(
        fixture.slot(number, 0), fixture.context(), [&](PeerPlace place, const auto& other) {
          EXPECT_TRUE(fixture.peers().at(place).same_peer(other));
          EXPECT_TRUE(numbers.insert(number_of<TypeParam>(other.compact())).second);
        });
    return numbers;
  };
  for (std::uint32_t number = 0; number < population; number += 2) {
    std::set<std::uint32_t> expected{number};
    if (number % 4 == 0) expected.insert(number + 1);
    ASSERT_EQ(visited(number), expected);
  }
  EXPECT_GE(fixture.check_all(), 3U);
  EXPECT_TRUE(visited(population + 2).empty()) << "a stranger";
}

// Of 64 neighbours the oldest is among the oldest twentieth of all, mostly.
TYPED_TEST(BucketPeersTest, TheOldestOfSomeIsOld) {
  const std::uint32_t population = 3 * peers_per_bucket_max;
  Fixture<TypeParam> fixture(population);
  for (std::uint32_t number = 0; number < population; ++number) {
    fixture.insert(number, 4 * fixture.random().below(1000));
  }
  std::set<std::uint32_t> buckets;
  int old_count = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const auto place = fixture.peers().oldest(fixture.slot(i % population, 0),
                                              fixture.hash(i % population), 4000, fixture.random());
    buckets.insert(place.bucket);
    old_count += fixture.peers().at(place).state.age_ticks(4000) >= 950 ? 1 : 0;
  }
  EXPECT_GT(old_count, 930) << "1 - 0.95^64 is 96 %";
  EXPECT_EQ(buckets.size(), fixture.check_all()) << "from every bucket";
}

struct Attack {
  std::uint32_t others = 0;  // peers of any bucket that come first
  std::uint32_t sent = PeerIndex::capacity_max + 500;
  SwarmLimits limits = {};
};
struct Attacked {
  std::uint32_t replaced = 0;
  std::uint32_t peer_count = 0;
};

// Who has learnt the secret, or which peers are returned together, can send peers that all belong
// to one bucket. It has an end, and then its oldest peer is evicted.
Attacked fill_one_bucket(const Attack& attack) {
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

TEST(BucketPeersUnderAttack, AFullBucketStaysFull) {
  const Attacked result = fill_one_bucket({});
  EXPECT_EQ(result.replaced, 500U);
  EXPECT_EQ(result.peer_count, PeerIndex::capacity_max);
}

// The oldest of all are in other buckets, and make no room in the full one.
TEST(BucketPeersUnderAttack, AFullBucketOfAFullSwarmStaysFull) {
  constexpr std::uint32_t peers_max = 100'000;
  const Attack attack{.others = 70'000, .limits = {.peers_per_swarm = peers_max}};
  const Attacked result = fill_one_bucket(attack);
  EXPECT_EQ(result.replaced, attack.others + attack.sent - peers_max);
  EXPECT_EQ(result.peer_count, peers_max);
}

}  // namespace
}  // namespace gyre::swarm
