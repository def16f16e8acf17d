#include "common/metrics/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/base/random.hpp"

namespace gyre::metrics {
namespace {

TEST(Histogram, EmptyIsZero) {
  const Histogram<> values;
  EXPECT_EQ(values.count(), 0U);
  EXPECT_EQ(values.sum_ns(), 0U);
  EXPECT_EQ(values.quantile(0.5), 0U);
  EXPECT_EQ(values.count_up_to(Histogram<>::value_max), 0U);
}

TEST(Histogram, CountsABatchInOneCall) {
  Histogram<> values;
  values.record(1000, 64);
  values.record(3000);
  EXPECT_EQ(values.count(), 65U);
  EXPECT_EQ(values.sum_ns(), 67'000U);
}

TEST(Histogram, SmallValuesAreExact) {
  Histogram<7> values;
  for (std::uint64_t value = 0; value < 256; ++value) values.record(value);
  for (std::uint64_t value = 0; value < 256; ++value) {
    EXPECT_EQ(values.count_up_to(value), value + 1);
    EXPECT_EQ(values.quantile(static_cast<double>(value + 1) / 256), value);
  }
}

TEST(Histogram, ErrorIsBoundedBySubBits) {
  Random random(1);
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t value = random.next() >> (28 + random.below(36));  // all sizes below 2^36
    Histogram<> values;
    values.record(value);
    const auto found = static_cast<double>(values.quantile(1));
    EXPECT_NEAR(found, static_cast<double>(value), static_cast<double>(value) / 128) << value;
  }
}

TEST(Histogram, TooLargeValuesCountAsTheLargest) {
  Histogram<4, 20> values;
  values.record(~std::uint64_t{0});
  EXPECT_EQ(values.count_up_to(values.value_max - 1), 0U);
  EXPECT_EQ(values.count_up_to(values.value_max), 1U);
  EXPECT_EQ(values.sum_ns(), values.value_max);
}

TEST(Histogram, QuantilesAreWithinOnePercentOfTheSortedValues) {
  Random random(2);
  std::vector<std::uint64_t> sorted;
  Histogram<> values;
  for (int i = 0; i < 200'000; ++i) {
    const double uniform = static_cast<double>(random.next() >> 11) * 0x1p-53;
    const auto value = static_cast<std::uint64_t>(50'000 * std::exp(4 * uniform * uniform));
    sorted.push_back(value);
    values.record(value);
  }
  std::ranges::sort(sorted);
  for (const double q : {0.0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
    const double rank = std::max(1.0, std::ceil(q * static_cast<double>(sorted.size())));
    const auto exact = static_cast<double>(sorted[static_cast<std::size_t>(rank) - 1]);
    EXPECT_NEAR(static_cast<double>(values.quantile(q)), exact, exact * 0.01) << q;
  }
}

TEST(Histogram, CountUpToCountsWholeBuckets) {
  Histogram<2, 20> values;  // from 8 on, buckets of 2: 8-9, 10-11, ...
  for (std::uint64_t value = 8; value < 12; ++value) values.record(value);
  EXPECT_EQ(values.count_up_to(7), 0U);
  EXPECT_EQ(values.count_up_to(8), 0U);
  EXPECT_EQ(values.count_up_to(9), 2U);
  EXPECT_EQ(values.count_up_to(10), 2U);
  EXPECT_EQ(values.count_up_to(11), 4U);
}

TEST(Histogram, MergedEqualsRecordedTogether) {
  Random random(3);
  Histogram<> parts[2];
  Histogram<> whole;
  Histogram<> merged;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t value = random.below(1'000'000);
    parts[i % 2].record(value);
    whole.record(value);
  }
  for (const auto& part : parts) merged.merge(part);
  EXPECT_EQ(merged.count(), whole.count());
  EXPECT_EQ(merged.sum_ns(), whole.sum_ns());
  for (int percent = 0; percent <= 100; ++percent) {
    EXPECT_EQ(merged.quantile(percent / 100.0), whole.quantile(percent / 100.0));
  }
}

}  // namespace
}  // namespace gyre::metrics
