#include "common/swarm/sample.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/scale.hpp"
#include "tests/support/statistics.hpp"

namespace gyre::swarm {
namespace {

using Excluded = std::optional<std::uint32_t>;

// Counts each position that a sample visits in `hits`, and returns how many it said there are.
std::uint32_t count_hits(std::vector<std::uint32_t>& hits, Excluded excluded, std::uint32_t wanted,
                         Random& random, std::uint32_t length_max = run_length_max) {
  const auto size = static_cast<std::uint32_t>(hits.size());
  const std::uint32_t candidates = size - (excluded ? 1 : 0);
  const auto count = [&](std::uint32_t first, std::uint32_t length) {
    ASSERT_LE(length, wanted < candidates ? length_max : size);
    ASSERT_LE(first, size - length);
    for (std::uint32_t i = 0; i < length; ++i) ++hits[first + i];
  };
  return sample_runs(size, excluded, wanted, random, count, length_max);
}

void check_once(std::uint32_t size, Excluded excluded, std::uint32_t wanted, Random& random) {
  constexpr std::uint32_t lengths_max[] = {1, 2, 3, 7, run_length_max, 25, 50};
  std::vector<std::uint32_t> hits(size);
  const std::uint32_t length_max = lengths_max[random.below(std::size(lengths_max))];
  const std::uint32_t told = count_hits(hits, excluded, wanted, random, length_max);
  const std::uint32_t candidates = size - (excluded ? 1 : 0);
  std::uint32_t sum = 0;
  for (const std::uint32_t hit : hits) {
    ASSERT_LE(hit, 1U) << "given twice: " << size << ", " << wanted;
    sum += hit;
  }
  ASSERT_EQ(sum, std::min(wanted, candidates)) << size << ", " << wanted;
  ASSERT_EQ(told, sum);
  ASSERT_TRUE(!excluded || hits[*excluded] == 0);
}

TEST(SampleRuns, ExhaustivelyForSmallSizes) {
  Random random(1);
  for (std::uint32_t size = 0; size <= 40; ++size) {
    for (std::uint32_t wanted = 0; wanted <= size + 2; ++wanted) {
      for (std::size_t repeat = 0; repeat < test::scaled(10); ++repeat) {
        check_once(size, std::nullopt, wanted, random);
        for (std::uint32_t excluded = 0; excluded < size; ++excluded) {
          check_once(size, excluded, wanted, random);
        }
      }
    }
  }
}

TEST(SampleRuns, RandomlyForLargerSizes) {
  Random random(2);
  for (std::size_t i = 0; i < test::scaled(20'000); ++i) {
    const std::uint32_t size = 1 + random.below(3000);
    const Excluded excluded = random.below(2) == 0 ? Excluded{} : Excluded{random.below(size)};
    check_once(size, excluded, random.below(random.below(8) == 0 ? 4000 : 300), random);
  }
}

TEST(SampleRuns, TheLargestNumbersDoNotOverflow) {
  Random random(3);
  const std::uint32_t size = 0xfffffff0;
  for (const std::uint32_t wanted : {1U, 7U, 8U, 9U, 1000U}) {
    for (const std::uint32_t excluded : {0U, size / 2, size - 1}) {
      std::uint64_t sum = 0;
      sample_runs(size, excluded, wanted, random, [&](std::uint32_t first, std::uint32_t length) {
        EXPECT_LE(std::uint64_t{first} + length, size);
        EXPECT_FALSE(first <= excluded && excluded - first < length);
        sum += length;
      });
      EXPECT_EQ(sum, wanted);
    }
  }
}

struct Case {
  std::uint32_t size;
  std::uint32_t wanted;
  std::uint32_t length_max = run_length_max;
};

// The runs of a sample stand or fall together, which widens the spread of chi-squared by up to
// their length, but not its mean, and not the spread of any single position.
void check_uniform(const Case& row, Excluded excluded, Random& random) {
  const std::uint32_t candidates = row.size - (excluded ? 1 : 0);
  const std::uint32_t count = std::min(row.wanted, candidates);
  // Enough to be hit and to be missed often.
  const std::uint32_t rarer = std::max(1U, std::min(count, candidates - count));
  const std::uint32_t trials = 1000 + 300 * candidates / rarer;
  std::vector<std::uint32_t> hits(row.size);
  for (std::uint32_t i = 0; i < trials; ++i) {
    count_hits(hits, excluded, row.wanted, random, row.length_max);
  }
  if (excluded) {
    ASSERT_EQ(hits[*excluded], 0U);
    hits.erase(hits.begin() + *excluded);
  }
  const auto result = test::uniformity(hits, trials, 1.0 * count / candidates);
  EXPECT_LT(result.largest_deviation, 5);
  const double spread = std::sqrt(2.0 * row.length_max / candidates);
  EXPECT_LT(result.chi_squared_per_category, 1 + 5 * spread);
}

TEST(SampleRuns, EveryCandidateIsEquallyLikely) {
  constexpr Case cases[] = {
      {2, 1},       {3, 1},       {3, 2},         {5, 3},           {8, 7},       {9, 8},
      {16, 8},      {17, 9},      {33, 8},        {34, 30},         {35, 30},     {36, 30},
      {60, 30},     {61, 30},     {64, 63},       {100, 1},         {100, 50},    {100, 92},
      {100, 93},    {100, 98},    {1000, 30},     {1000, 50},       {200, 199},   {4096, 100},
      {10'000, 50}, {100, 50, 1}, {1000, 50, 25}, {10'000, 30, 25}, {60, 50, 25},
  };
  Random random(4);
  for (const Case& row : cases) {
    for (const Excluded& excluded :
         {Excluded{}, Excluded{0}, Excluded{row.size / 2}, Excluded{row.size - 1}}) {
      SCOPED_TRACE(testing::Message() << row.wanted << " of " << row.size << " without "
                                      << static_cast<int>(excluded.value_or(~0U)));
      check_uniform(row, excluded, random);
    }
  }
}

}  // namespace
}  // namespace gyre::swarm
