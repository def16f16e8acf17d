// Whether every peer of a swarm is told of equally often, in swarms of many sizes and histories.
#include <gtest/gtest.h>

#include <cmath>

#include "common/swarm/sample.hpp"
#include "swarm_model.hpp"
#include "tests/support/statistics.hpp"

namespace gyre::swarm {
namespace {

using test::number_of;
using test::peer_of;

class Draws {
 public:
  explicit Draws(std::uint32_t population) : hits_(population) {}

  void announce(std::uint32_t number, PeerKind kind, bool stopped = false) {
    swarm_.announce({.peer = peer_of<Ipv4Address>(number), .kind = kind, .stopped = stopped}, 0,
                    random_, secret_, {});
  }

  // Strangers of that kind ask for `wanted` until each peer has been told about 100 times.
  void draw(PeerKind kind, std::uint32_t wanted, std::uint32_t pool) {
    trials_ = 100 * pool / wanted;
    const Announce<Ipv4Address> stranger{
        .peer = {}, .kind = kind, .store = false, .peers_wanted = wanted};
    std::vector<std::byte> out(6 * std::size_t{wanted});
    for (std::uint32_t i = 0; i < trials_; ++i) {
      ASSERT_EQ(swarm_.announce(stranger, 0, random_, secret_, out), wanted);
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
    EXPECT_LT(result.largest_deviation, 6);
  }

 private:
  Swarm<Ipv4Address> swarm_;
  Random random_{1};
  HashSecret secret_{5, 6};
  std::vector<std::uint32_t> hits_;
  std::uint32_t trials_ = 0;
};

constexpr auto everyone = [](std::uint32_t) { return true; };

TEST(SwarmStatistics, EveryPeerIsToldEquallyOften) {
  for (const std::uint32_t size : {100U, 1000U, 10'000U, 100'000U}) {
    for (const std::uint32_t wanted : {1U, 30U, 50U}) {
      SCOPED_TRACE(testing::Message() << wanted << " of " << size);
      Draws draws(size);
      for (std::uint32_t number = 0; number < size; ++number) {
        draws.announce(number, number % 4 == 0 ? PeerKind::leecher : PeerKind::seeder);
      }
      draws.draw(PeerKind::leecher, wanted, size);
      draws.expect_uniform(wanted, everyone);
    }
  }
}

TEST(SwarmStatistics, SeedersAreToldOfEveryLeecherEquallyOften) {
  constexpr std::uint32_t size = 40'000;
  const auto is_leecher = [](std::uint32_t number) { return number % 4 == 0; };
  Draws draws(size);
  for (std::uint32_t number = 0; number < size; ++number) {
    draws.announce(number, is_leecher(number) ? PeerKind::leecher : PeerKind::seeder);
  }
  draws.draw(PeerKind::seeder, 50, size / 4);
  draws.expect_uniform(50, is_leecher);
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
  draws.draw(PeerKind::leecher, 30, size / 5);
  draws.expect_uniform(30, is_left);
}

// Members ask, not strangers: everybody but the one who asks.
TEST(SwarmStatistics, MembersAreToldOfEveryOtherEquallyOften) {
  constexpr std::uint32_t size = 500;
  constexpr std::uint32_t wanted = 20;
  Random random(9);
  Swarm<Ipv6Address> swarm;
  std::vector<std::uint32_t> hits(size);
  std::vector<std::byte> out(std::size_t{18} * wanted);
  const auto rounds = std::uint32_t{200};
  for (std::uint32_t round = 0; round <= rounds; ++round) {
    for (std::uint32_t number = 0; number < size; ++number) {
      const std::uint32_t told = swarm.announce(
          {.peer = peer_of<Ipv6Address>(number), .peers_wanted = wanted}, 0, random, {}, out);
      for (std::uint32_t i = 0; round > 0 && i < told; ++i) {
        ++hits[number_of<Ipv6Address>(&out[18 * std::size_t{i}])];
      }
    }
  }
  const auto result =
      gyre::test::uniformity(hits, 1.0 * rounds * (size - 1), double{wanted} / (size - 1));
  EXPECT_LT(result.chi_squared_per_category, 1.5);
  EXPECT_LT(result.largest_deviation, 5);
}

}  // namespace
}  // namespace gyre::swarm
