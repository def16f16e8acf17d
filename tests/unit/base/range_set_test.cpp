#include "common/base/range_set.hpp"

#include <gtest/gtest.h>

#include "common/base/random.hpp"

namespace gyre {
namespace {

__extension__ using Wide = unsigned __int128;

template <class Number>
using Ranges = std::vector<typename RangeSet<Number>::Range>;

template <class Number>
bool any_contains(const Ranges<Number>& ranges, Number number) {
  return std::ranges::any_of(
      ranges, [&](const auto& range) { return range.first <= number && number <= range.last; });
}

TEST(RangeSet, AnEmptyOneContainsNothing) {
  EXPECT_TRUE(RangeSet<std::uint32_t>().empty());
  EXPECT_FALSE(RangeSet<std::uint32_t>(Ranges<std::uint32_t>{}).contains(0));
}

TEST(RangeSet, ContainsBothEnds) {
  const RangeSet<std::uint32_t> set({{.first = 10, .last = 20}, {.first = 0, .last = 0}});
  for (const std::uint32_t number : {0U, 10U, 15U, 20U}) EXPECT_TRUE(set.contains(number));
  for (const std::uint32_t number : {1U, 9U, 21U, ~0U}) EXPECT_FALSE(set.contains(number));
}

TEST(RangeSet, HoldsAllNumbers) {
  const RangeSet<Wide> set({{.first = 0, .last = ~Wide{0}}, {.first = 5, .last = 7}});
  EXPECT_EQ(set.size(), 1U);
  EXPECT_TRUE(set.contains(0) && set.contains(~Wide{0}));
}

TEST(RangeSet, JoinsWhatOverlapsOrTouches) {
  const RangeSet<std::uint32_t> set({{.first = 30, .last = 40},
                                     {.first = 10, .last = 19},
                                     {.first = 20, .last = 25},
                                     {.first = 12, .last = 13},
                                     {.first = 27, .last = 28}});
  EXPECT_EQ(set.size(), 3U);
  EXPECT_FALSE(set.contains(26));
}

// Ranges that are spread, and such that crowd in a few cells of the directory.
template <class Number>
void compare_with_a_list(unsigned bits, std::uint32_t count) {
  Random random(bits);
  const auto draw = [&] {
    auto number = static_cast<Number>(random.next());
    if constexpr (sizeof(Number) == 16) number = number << 64 | random.next();
    return bits == 8 * sizeof(Number) ? number : number & ((Number{1} << bits) - 1);
  };
  Ranges<Number> ranges;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Number first = draw();
    const Number size = random.below(5);
    ranges.push_back({.first = first, .last = first > ~size ? ~Number{0} : first + size});
  }
  const RangeSet<Number> set(ranges);
  for (int i = 0; i < 2000; ++i) {
    const auto& near = ranges[random.below(count)];
    for (const Number number : {draw(), near.first, near.last, near.first - 1, near.last + 1}) {
      ASSERT_EQ(set.contains(number), any_contains(ranges, number));
    }
  }
}

TEST(RangeSet, FindsWhatAListFinds) {
  for (const std::uint32_t count : {1U, 2U, 3U, 100U, 1000U}) {
    for (const unsigned bits : {6U, 12U, 20U, 32U}) compare_with_a_list<std::uint32_t>(bits, count);
    for (const unsigned bits : {12U, 70U, 128U}) compare_with_a_list<Wide>(bits, count);
  }
}

}  // namespace
}  // namespace gyre
