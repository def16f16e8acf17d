// The list against a plain map from peers to their states.
#include "common/swarm/list_peers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "swarm_model.hpp"
#include "tests/support/scale.hpp"

namespace gyre::swarm {
namespace {

using test::peer_of;

// With a limit for each address the hash is of the address alone, so that peers share it.
constexpr SwarmContext by_peer{.secret = {5, 6}};
constexpr SwarmContext by_address{.secret = {5, 6}, .limits = {.peers_per_address = 3}};

template <class Address>
class Run {
 public:
  using Slot = PeerSlot<Address>;

  Run(const SwarmContext& context, std::uint32_t population)
      : context_(context), random_(population), population_(population) {}

  void operate(std::size_t operation_count, std::uint32_t check_interval) {
    std::uint32_t insert_share = 50;
    for (std::size_t i = 0; i < operation_count && !testing::Test::HasFatalFailure(); ++i) {
      if (random_.below(2 * population_) == 0) insert_share = random_.below(101);
      operate_once(random_.below(population_), insert_share);
      if (random_.below(population_) == 0) list_.shrink(context_);
      if (i % check_interval == 0) check_all();
    }
    check_all();
  }

  void fill() {
    for (std::uint32_t number = 0; number < population_; ++number) insert(number);
    check_all();
  }
  void empty() {
    while (list_.peer_count() > 0) {
      const Slot last = list_.at({0, random_.below(list_.peer_count())});
      erase(test::number_of<Address>(last.compact()));
      if (random_.below(1000) == 0) list_.shrink(context_);
    }
    list_.shrink(context_);
    check_all();
  }

 private:
  static PeerSlot<Address> slot(std::uint32_t number, PeerState state = {}) {
    return Slot::of(peer_of<Address>(number), state);
  }
  std::uint64_t hash(const Slot& peer) const { return peer_hash(peer, context_); }
  std::optional<std::uint32_t> find(std::uint32_t number) const {
    const Slot peer = slot(number);
    list_.prefetch_index(hash(peer));
    const auto place = list_.find(peer, hash(peer));
    if (!place) return std::nullopt;
    return place->position;
  }
  PeerState random_state() {
    return {static_cast<PeerKind>(random_.below(3)), 4 * random_.below(8192)};
  }

  void operate_once(std::uint32_t number, std::uint32_t insert_share) {
    if (!model_.contains(number)) {
      if (random_.below(100) < insert_share) insert(number);
    } else if (random_.below(100) < 50) {
      set_state(number);
    } else if (random_.below(100) >= insert_share) {
      erase(number);
    }
  }
  void insert(std::uint32_t number) {
    const PeerState state = random_state();
    const Slot peer = slot(number, state);
    list_.insert(peer, hash(peer), context_);
    model_[number] = state;
    check(number);
  }
  void set_state(std::uint32_t number) {
    const PeerState state = random_state();
    const PeerPlace place =
        list_.set_state({0, find(number).value()}, hash(slot(number, state)), state, context_);
    model_[number] = state;
    ASSERT_EQ(find(number), place.position);
    check(number);
  }
  void erase(std::uint32_t number) {
    const auto position = find(number);
    ASSERT_TRUE(position);
    list_.erase({0, *position}, context_);
    model_.erase(number);
    check(number);
  }

  void check(std::uint32_t number) {
    const auto position = find(number);
    const auto known = model_.find(number);
    ASSERT_EQ(position.has_value(), known != model_.end()) << number;
    if (!position) return;
    ASSERT_LT(*position, list_.peer_count());
    const Slot& peer = list_.at({0, *position});
    ASSERT_TRUE(peer.same_peer(slot(number)));
    ASSERT_EQ(peer.state.kind(), known->second.kind());
    ASSERT_EQ(peer.state.age_ticks(0), known->second.age_ticks(0));
    if (*position >= list_.pool_of(PeerKind::leecher)) return;
    ASSERT_EQ(*position < list_.pool_of(PeerKind::seeder), is_downloader(peer.state.kind()))
        << "downloaders come first";
  }
  void check_all() {
    for (std::uint32_t number = 0; number < population_; ++number) check(number);
    const auto count = [this](auto condition) {
      return static_cast<std::uint32_t>(std::ranges::count_if(
          model_, [condition](const auto& entry) { return condition(entry.second.kind()); }));
    };
    ASSERT_EQ(list_.peer_count(), model_.size());
    ASSERT_EQ(list_.pool_of(PeerKind::leecher) + list_.surplus_count(), model_.size());
    ASSERT_LE(list_.pool_of(PeerKind::seeder),
              count([](PeerKind kind) { return is_downloader(kind); }));
    ASSERT_EQ(list_.seeder_count(), count([](PeerKind kind) { return kind == PeerKind::seeder; }));
    list_.check_invariants(context_);
    check_neighbours(random_.below(population_));
    check_address(random_.below(population_));
  }
  // All peers of the same hash are visited, and nobody twice.
  void check_neighbours(std::uint32_t number) {
    const std::uint64_t wanted = hash(slot(number));
    std::set<std::uint32_t> visited;
    list_.visit_neighbours(
        wanted, [&](std::uint32_t position) { EXPECT_TRUE(visited.insert(position).second); });
    for (std::uint32_t position = 0; position < list_.peer_count(); ++position) {
      ASSERT_TRUE(visited.contains(position) || hash(list_.at({0, position})) != wanted);
    }
  }
  // Where peers of one address are counted, all of it are.
  void check_address(std::uint32_t number) {
    if (context_.limits.peers_per_address == 0) return;
    std::uint32_t expected = 0;
    for (const auto& [other, state] : model_) expected += slot(other).same_subscriber(slot(number));
    std::uint32_t count = 0;
    list_.visit_same_address(slot(number), context_, [&](PeerPlace place, const Slot& other) {
      ++count;
      EXPECT_TRUE(list_.at(place).same_peer(other) && other.same_subscriber(slot(number)));
    });
    ASSERT_EQ(count, expected);
  }

  SwarmContext context_;
  Random random_;
  std::uint32_t population_;
  ListPeers<Address> list_;
  std::map<std::uint32_t, PeerState> model_;
};

template <class Address>
void run(std::uint32_t population, std::size_t operation_count, std::uint32_t check_interval) {
  for (const SwarmContext& context : {by_peer, by_address}) {
    SCOPED_TRACE(testing::Message() << sizeof(Address) << " bytes, population " << population);
    Run<Address>(context, population).operate(gyre::test::scaled(operation_count), check_interval);
  }
}

template <class Address>
class ListPeersTest : public testing::Test {};
using Addresses = testing::Types<Ipv4Address, Ipv6Address>;
TYPED_TEST_SUITE(ListPeersTest, Addresses);

TYPED_TEST(ListPeersTest, AgreesWithAMapAfterEachOperation) {
  for (const std::uint32_t population : {1U, 2U, 3U, 9U, 17U, 40U, 100U}) {
    run<TypeParam>(population, 10'000, 1);
  }
}

TYPED_TEST(ListPeersTest, AgreesWithAMapInThousands) {
  run<TypeParam>(3'000, 100'000, 1'000);
}

TYPED_TEST(ListPeersTest, HoldsAsManyAsItSaysAndEmptiesAgain) {
  Run<TypeParam> run(by_peer, ListPeers<TypeParam>::peers_max);
  run.fill();
  run.empty();
  run.fill();
}

TYPED_TEST(ListPeersTest, NobodyIsInAListWithoutMemory) {
  const ListPeers<TypeParam> list;
  const auto peer = PeerSlot<TypeParam>::of(peer_of<TypeParam>(1), {});
  EXPECT_FALSE(list.find(peer, 0));
  list.visit_same_address(peer, by_address, [](PeerPlace, const auto&) { ADD_FAILURE(); });
  list.visit_neighbours(0, [](std::uint32_t) { ADD_FAILURE(); });
  list.prefetch_index(0);
}

// Of the list's peers of that address that may be returned, the most among so many neighbours.
std::uint32_t most_together(const ListPeers<Ipv4Address>& list, Ipv4Address address,
                            std::uint32_t window) {
  std::uint32_t most = 0;
  std::uint32_t here = 0;
  const auto is_its = [&](std::uint32_t position) {
    return list.at({0, position}).address == address ? 1U : 0U;
  };
  for (std::uint32_t position = 0; position < list.pool_of(PeerKind::leecher); ++position) {
    here += is_its(position);
    if (position >= window) here -= is_its(position - window);
    most = std::max(most, here);
  }
  return most;
}

// Peers of one address have few hashes where they are counted, and no other reason to be apart.
TEST(ListPeersPositions, PeersOfOneAddressThatChangeTogetherDoNotComeTogether) {
  constexpr SwarmContext context{.secret = {5, 6}, .limits = {.peers_per_address = 64}};
  constexpr Ipv4Address crowded{{std::byte{10}, std::byte{9}, std::byte{9}, std::byte{9}}};
  ListPeers<Ipv4Address> list;
  const auto insert = [&](const PeerAddress<Ipv4Address>& peer, PeerKind kind) {
    const auto slot = PeerSlot<Ipv4Address>::of(peer, {kind, 0});
    list.insert(slot, peer_hash(slot, context), context);
  };
  for (std::uint32_t number = 0; number < 576; ++number) {
    insert(peer_of<Ipv4Address>(number), number % 2 == 0 ? PeerKind::leecher : PeerKind::seeder);
  }
  for (std::uint16_t port = 1; port <= 64; ++port) insert({crowded, port}, PeerKind::seeder);
  for (std::uint16_t port = 1; port <= 64; ++port) {
    const auto slot = PeerSlot<Ipv4Address>::of({crowded, port}, {PeerKind::leecher, 0});
    const std::uint64_t hash = peer_hash(slot, context);
    list.set_state(list.find(slot, hash).value(), hash, slot.state, context);
  }
  EXPECT_LE(most_together(list, crowded, 32), 16U) << "one in nine and a half is its";
}

// What the hash is of.
TEST(PeerHash, IsOfTheAddressAloneWhereItsPeersAreCounted) {
  const auto hash = [](auto peer, const SwarmContext& context) {
    return peer_hash(PeerSlot<decltype(peer.address)>::of(peer, {}), context);
  };
  auto one = peer_of<Ipv4Address>(2);
  auto other = peer_of<Ipv4Address>(3);
  ASSERT_EQ(one.address, other.address);
  EXPECT_NE(hash(one, by_peer), hash(other, by_peer));
  EXPECT_EQ(hash(one, by_address), hash(other, by_address));
  EXPECT_NE(hash(one, by_address), hash(peer_of<Ipv4Address>(6), by_address));
  one.address.bytes = other.address.bytes = {std::byte{127}, {}, {}, std::byte{9}};
  EXPECT_NE(hash(one, by_address), hash(other, by_address)) << "the host itself";

  auto one6 = peer_of<Ipv6Address>(2);
  auto other6 = peer_of<Ipv6Address>(3);
  ASSERT_NE(one6.address, other6.address) << "but of one /64";
  EXPECT_NE(hash(one6, by_peer), hash(other6, by_peer));
  EXPECT_EQ(hash(one6, by_address), hash(other6, by_address));
  EXPECT_NE(hash(one6, by_address), hash(peer_of<Ipv6Address>(6), by_address));
  one6.address = other6.address = {};
  one6.address.bytes[15] = other6.address.bytes[15] = std::byte{1};
  EXPECT_NE(hash(one6, by_address), hash(other6, by_address)) << "the host itself";
}

}  // namespace
}  // namespace gyre::swarm
