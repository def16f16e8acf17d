// Every peer of a swarm is returned equally often, in swarms of many sizes and histories, and each
// requester gets different peers.
#include <gtest/gtest.h>

#include <cmath>

#include "common/swarm/sample.hpp"
#include "held_swarm.hpp"
#include "swarm_model.hpp"
#include "tests/support/scale.hpp"
#include "tests/support/statistics.hpp"

namespace gyre::swarm {
namespace {

using test::number_of;
using test::peer_of;

class Draws {
 public:
  explicit Draws(std::uint32_t population) : hits_(population) {}

  void announce(std::uint32_t number, PeerKind kind, bool stopped = false) {
    const Announce<Ipv4Address> announce{
        .peer = peer_of<Ipv4Address>(number), .kind = kind, .stopped = stopped};
    swarm_.announce(announce, 0, random_);
  }
  void insert_all(PeerKind kind = PeerKind::leecher) {
    for (std::uint32_t number = 0; number < hits_.size(); ++number) announce(number, kind);
  }
  void clean() { swarm_.expire(0, 60); }

  // Strangers of that kind ask for `wanted` until each of `pool` peers has been told about
  // `hits_each` times.
  void draw(PeerKind kind, std::uint32_t wanted, std::uint32_t pool, std::uint32_t hits_each) {
    trials_ = static_cast<std::uint32_t>(std::uint64_t{hits_each} * pool / wanted);
    const Announce<Ipv4Address> stranger{
        .peer = {}, .kind = kind, .store = false, .peers_wanted = wanted};
    std::vector<std::byte> out(6 * std::size_t{wanted});
    for (std::uint32_t i = 0; i < trials_; ++i) {
      ASSERT_EQ(swarm_.announce(stranger, 0, random_, out).compact_peer_count, wanted);
      for (std::uint32_t told = 0; told < wanted; ++told) {
        ++hits_[number_of<Ipv4Address>(&out[6 * std::size_t{told}])];
      }
    }
  }

  // `includes` says of which peers strangers are told.
  template <class Includes>
  void expect_uniform(std::uint32_t wanted, Includes includes) const {
    std::vector<std::uint32_t> told;
    for (std::uint32_t number = 0; number < hits_.size(); ++number) {
      if (includes(number)) {
        told.push_back(hits_[number]);
      } else {
        ASSERT_EQ(hits_[number], 0U) << number;
      }
    }
    const auto pool = static_cast<double>(told.size());
    const auto result = gyre::test::uniformity(told, trials_, wanted / pool);
    const double spread = std::sqrt(2.0 * run_length_max / pool);
    EXPECT_LT(result.chi_squared_per_category, 1 + 5 * spread);
    EXPECT_GT(result.chi_squared_per_category, 1 - 5 * spread);
    EXPECT_LT(result.largest_deviation, 7);
  }

 private:
  test::HeldSwarm<Ipv4Address> swarm_;
  Random random_{1};
  std::vector<std::uint32_t> hits_;
  std::uint32_t trials_ = 0;
};

constexpr auto everyone = [](std::uint32_t) { return true; };

void expect_uniform_of(std::uint32_t size, std::uint32_t wanted, std::uint32_t hits_each) {
  SCOPED_TRACE(testing::Message() << wanted << " of " << size);
  Draws draws(size);
  for (std::uint32_t number = 0; number < size; ++number) {
    draws.announce(number, number % 4 == 0 ? PeerKind::leecher : PeerKind::seeder);
  }
  draws.draw(PeerKind::leecher, wanted, size, hits_each);
  draws.expect_uniform(wanted, everyone);
}

TEST(SwarmStatistics, EveryPeerIsToldEquallyOften) {
  for (const std::uint32_t wanted : {1U, 5U, 9U}) expect_uniform_of(10, wanted, 2'000);
  for (const std::uint32_t size : {33U, 100U, 1'000U}) {
    for (const std::uint32_t wanted : {1U, 8U, 30U, 50U}) {
      if (wanted < size) expect_uniform_of(size, wanted, 500);
    }
  }
  for (const std::uint32_t wanted : {1U, 30U, 50U}) expect_uniform_of(10'000, wanted, 100);
}

TEST(SwarmStatistics, EveryPeerOfALargeSwarmIsToldEquallyOften) {
  expect_uniform_of(100'000, 1, 10);
  expect_uniform_of(100'000, 50, 50);
  if (!gyre::test::under_sanitizer) expect_uniform_of(1'000'000, 50, 15);
}

// Where an array becomes a large swarm, and where one part becomes two, or two three.
TEST(SwarmStatistics, GrowthDoesNotFavourAnybody) {
  for (const std::uint32_t size : {3U, 4U, 32U, 33U, 34U}) expect_uniform_of(size, 2, 2'000);
  for (const std::uint32_t size : {28'001U, 28'002U, 28'003U, 56'003U}) {
    expect_uniform_of(size, 30, 50);
  }
}

TEST(SwarmStatistics, SeedersAreToldOfEveryLeecherEquallyOften) {
  constexpr std::uint32_t size = 100'000;
  const auto is_leecher = [](std::uint32_t number) { return number % 4 == 0; };
  Draws draws(size);
  for (std::uint32_t number = 0; number < size; ++number) {
    draws.announce(number, is_leecher(number) ? PeerKind::leecher : PeerKind::seeder);
  }
  draws.draw(PeerKind::seeder, 50, size / 4, 100);
  draws.expect_uniform(50, is_leecher);
}

TEST(SwarmStatistics, DeletionDoesNotFavourAnybody) {
  const auto is_left = [](std::uint32_t number) { return number % 2 == 0; };
  for (const std::uint32_t size : {20U, 40U, 64U, 1'000U, 60'000U}) {
    for (const bool clean : {false, true}) {
      SCOPED_TRACE(testing::Message() << "half of " << size << (clean ? ", cleaned" : ""));
      Draws draws(size);
      draws.insert_all();
      for (std::uint32_t number = 1; number < size; number += 2) {
        draws.announce(number, PeerKind::leecher, true);
      }
      if (clean) draws.clean();
      draws.draw(PeerKind::leecher, 8, size / 2, size < 10'000 ? 1'000 : 30);
      draws.expect_uniform(8, is_left);
    }
  }
}

TEST(SwarmStatistics, HistoryDoesNotFavourAnybody) {
  constexpr std::uint32_t size = 40'000;
  const auto is_left = [](std::uint32_t number) { return number % 5 == 1; };
  Draws draws(size);
  for (std::uint32_t number = 0; number < size; ++number) {
    draws.announce(number, PeerKind::leecher);
    if (number % 3 == 0) draws.announce(number, PeerKind::seeder);
  }
  for (std::uint32_t number = 0; number < size; ++number) {
    if (!is_left(number)) draws.announce(number, PeerKind::leecher, true);
    if (number % 10 == 1) draws.announce(number, PeerKind::seeder);
  }
  draws.draw(PeerKind::leecher, 30, size / 5, 100);
  draws.expect_uniform(30, is_left);
}

// Members ask, not strangers: everybody but the one who asks, and nobody twice.
TEST(SwarmStatistics, MembersAreToldOfEveryOtherEquallyOften) {
  constexpr std::uint32_t wanted = 20;
  constexpr std::uint32_t rounds = 200;
  for (const std::uint32_t size : {30U, 500U}) {
    Random random(9);
    test::HeldSwarm<Ipv6Address> swarm;
    std::vector<std::uint32_t> hits(size);
    std::vector<std::byte> out(std::size_t{18} * wanted);
    for (std::uint32_t round = 0; round <= rounds; ++round) {
      for (std::uint32_t number = 0; number < size; ++number) {
        const Announce<Ipv6Address> member{.peer = peer_of<Ipv6Address>(number),
                                           .peers_wanted = wanted};
        const std::uint32_t told = swarm.announce(member, 0, random, out).compact_peer_count;
        std::vector<bool> seen(size);
        seen[number] = true;
        for (std::uint32_t i = 0; round > 0 && i < told; ++i) {
          const std::uint32_t other = number_of<Ipv6Address>(&out[18 * std::size_t{i}]);
          ASSERT_FALSE(seen[other]);
          seen[other] = true;
          ++hits[other];
        }
      }
    }
    const auto result =
        gyre::test::uniformity(hits, 1.0 * rounds * (size - 1), double{wanted} / (size - 1));
    const double spread = std::sqrt(2.0 * run_length_max / size);
    EXPECT_LT(result.chi_squared_per_category, 1 + 5 * spread);
    EXPECT_LT(result.largest_deviation, 5);
  }
}

// Two requesters in a row have no more peers in common than chance gives them.
TEST(SwarmStatistics, RequestersAreToldOfDifferentPeers) {
  constexpr std::uint32_t wanted = 50;
  constexpr std::uint32_t requests = 200'000;
  for (const std::uint32_t size : {200U, 1'000U, 60'000U}) {
    test::HeldSwarm<Ipv4Address> swarm;
    Random random(3);
    for (std::uint32_t number = 0; number < size; ++number) {
      swarm.announce({.peer = peer_of<Ipv4Address>(number)}, 0, random);
    }
    std::vector<std::uint32_t> returned_in(size);  // the last request that returned the peer
    std::vector<std::byte> out(std::size_t{6} * wanted);
    std::uint64_t common = 0;
    for (std::uint32_t request = 1; request <= requests; ++request) {
      const std::uint32_t number = random.below(size);
      swarm.announce({.peer = peer_of<Ipv4Address>(number), .peers_wanted = wanted}, 0, random,
                     out);
      for (std::uint32_t i = 0; i < wanted; ++i) {
        const std::uint32_t other = number_of<Ipv4Address>(&out[6 * std::size_t{i}]);
        common += request > 1 && std::exchange(returned_in[other], request) == request - 1 ? 1 : 0;
      }
    }
    const double expected = 1.0 * requests * wanted * wanted / size;
    EXPECT_NEAR(static_cast<double>(common), expected, expected * 0.05 + 6 * std::sqrt(expected))
        << size;
  }
}

// Somebody who sends a tenth of the peers at once must not own whole answers.
TEST(SwarmStatistics, WhoComeTogetherAreNotToldTogether) {
  constexpr std::uint32_t wanted = 50;
  constexpr std::uint32_t share = 10;
  for (const std::uint32_t size : {500U, 4'500U, 60'000U}) {
    for (const bool kind_changes : {false, true}) {
      test::HeldSwarm<Ipv4Address> swarm;
      Random random(4);
      const std::uint32_t others = size - size / share;
      for (std::uint32_t number = 0; number < size; ++number) {
        const bool is_leecher = number >= others || number % 2 == 0;
        swarm.announce({.peer = peer_of<Ipv4Address>(number),
                        .kind = is_leecher ? PeerKind::leecher : PeerKind::seeder},
                       0, random);
      }
      for (std::uint32_t number = others; kind_changes && number < size; ++number) {
        swarm.announce({.peer = peer_of<Ipv4Address>(number), .kind = PeerKind::seeder}, 0, random);
      }
      std::vector<std::byte> out(std::size_t{6} * wanted);
      std::uint32_t together_max = 0;
      for (std::uint32_t request = 0; request < 5'000; ++request) {
        const Announce<Ipv4Address> stranger{
            .peer = peer_of<Ipv4Address>(size), .store = false, .peers_wanted = wanted};
        swarm.announce(stranger, 0, random, out);
        std::uint32_t together = 0;
        for (std::uint32_t i = 0; i < wanted; ++i) {
          together += number_of<Ipv4Address>(&out[6 * std::size_t{i}]) >= others ? 1 : 0;
        }
        together_max = std::max(together_max, together);
      }
      EXPECT_LE(together_max, wanted / 2) << size << (kind_changes ? ", later seeders" : "");
    }
  }
}

}  // namespace
}  // namespace gyre::swarm
