#include "load-test/rate_search.hpp"

#include <gtest/gtest.h>

namespace gyre::load_test {
namespace {

struct Found {
  std::uint64_t rate;
  int trials;
};

// Of a tracker that is good up to `limit`.
Found search_from(std::uint64_t first, std::uint64_t limit) {
  RateSearch search(first);
  int trials = 0;
  for (auto rate = search.next(); rate; rate = search.next()) {
    search.record(*rate <= limit);
    if (++trials == 1000) ADD_FAILURE() << "does not end: " << first << ", " << limit;
    if (trials == 1000) break;
  }
  return {search.highest_good(), trials};
}

TEST(RateSearch, FindsTheLimitFromBelowAndFromAbove) {
  for (const std::uint64_t first : {1U, 1'000U, 100'000U, 314'159U, 10'000'000U}) {
    for (const std::uint64_t limit : {100U, 12'345U, 314'159U, 5'000'000U, 99'999'999U}) {
      const auto [rate, trials] = search_from(first, limit);
      EXPECT_LE(rate, limit);
      EXPECT_GE(static_cast<double>(rate), 0.98 * static_cast<double>(limit) - 1)
          << first << ", " << limit;
      EXPECT_LE(trials, 32) << first << ", " << limit;
    }
  }
}

TEST(RateSearch, GivesUpAtTheBottom) {
  EXPECT_EQ(search_from(100'000, 0).rate, 0U);
  EXPECT_EQ(search_from(1, 0).trials, 1);
}

TEST(RateSearch, StopsAtTheTop) {
  EXPECT_EQ(search_from(100'000, ~std::uint64_t{0}).rate, RateSearch::rate_max);
}

}  // namespace
}  // namespace gyre::load_test
