#include "common/base/random.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <vector>

#include "tests/support/statistics.hpp"

namespace gyre {
namespace {

TEST(Random, SameSeedSameNumbers) {
  Random one(42);
  Random other(42);
  Random different(43);
  bool all_equal = true;
  for (int i = 0; i < 1000; ++i) {
    const auto number = one.next();
    EXPECT_EQ(number, other.next());
    all_equal = all_equal && number == different.next();
  }
  EXPECT_FALSE(all_equal);
}

// The published outputs for the seed 0.
TEST(Random, IsSplitMix64) {
  Random random(0);
  EXPECT_EQ(random.next(), 0xe220a8397b1dcdafU);
  EXPECT_EQ(random.next(), 0x6e789e6aa1b965f4U);
  EXPECT_EQ(random.next(), 0x06c45d188009454fU);
  EXPECT_EQ(random.next(), 0xf88bb8a8724c81ecU);
}

TEST(Random, ACopyRepeatsTheSequence) {
  Random random(7);
  random.next();
  Random copy = random;
  for (int i = 0; i < 100; ++i) ASSERT_EQ(copy.below(1000), random.below(1000));
}

TEST(Random, SeedZeroIsValid) {
  Random random(0);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.next());
  EXPECT_EQ(seen.size(), 1000U);
}

TEST(Random, EveryBitIsSetHalfOfTheTime) {
  Random random(3);
  constexpr int draws = 100'000;
  std::vector<std::uint32_t> set_count(64);
  for (int i = 0; i < draws; ++i) {
    for (std::uint64_t rest = random.next(); rest != 0; rest &= rest - 1) {
      ++set_count[static_cast<std::size_t>(std::countr_zero(rest))];
    }
  }
  EXPECT_LT(test::uniformity(set_count, draws, 0.5).largest_deviation, 4.5);
}

TEST(Random, BelowStaysInRange) {
  Random random(4);
  for (int bit = 0; bit < 32; ++bit) {
    for (const std::uint32_t bound : {1U << bit, (1U << bit) + 1, (1U << bit) * 2 - 1}) {
      for (int i = 0; i < 1000; ++i) ASSERT_LT(random.below(bound), bound);
    }
  }
  for (int i = 0; i < 100; ++i) EXPECT_EQ(random.below(1), 0U);
}

TEST(Random, BelowIsUniform) {
  Random random(5);
  for (const std::uint32_t bound : {2U, 3U, 7U, 30U, 1000U, 4096U}) {
    const std::uint32_t draws = 200 * bound + 100'000;
    std::vector<std::uint32_t> hits(bound);
    for (std::uint32_t i = 0; i < draws; ++i) ++hits[random.below(bound)];
    const auto result = test::uniformity(hits, draws, 1.0 / bound);
    EXPECT_LT(result.largest_deviation, 5) << bound;
    EXPECT_LT(result.chi_squared_per_category, 1 + 6 / std::sqrt(bound)) << bound;
  }
}

TEST(Random, SystemSeedsDiffer) {
  std::set<std::uint64_t> seeds;
  for (int i = 0; i < 100; ++i) seeds.insert(random_seed());
  EXPECT_EQ(seeds.size(), 100U);
}

TEST(Random, ChanceIsAsLikelyAsItSays) {
  Random random(1);
  for (const double probability : {0.0, 0.25, 0.75, 1.0}) {
    int happened = 0;
    for (int i = 0; i < 10'000; ++i) happened += random.chance(probability) ? 1 : 0;
    EXPECT_NEAR(happened, 10'000 * probability, probability == 0 || probability == 1 ? 0 : 200);
  }
}

}  // namespace
}  // namespace gyre
