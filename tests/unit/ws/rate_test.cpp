#include "ws/rate.hpp"

#include <gtest/gtest.h>

namespace gyre::ws {
namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;

TEST(RateMeter, ChargesDelayLaterEvents) {
  constexpr Rate rate{.per_second = 10, .burst = 5};
  RateMeter meter;
  std::uint64_t now_ns = 100 * second_ns;
  EXPECT_EQ(meter.take(1, now_ns, rate), 1U);
  meter.charge(14, rate);  // a burst of four, and a second's worth
  EXPECT_EQ(meter.take(1, now_ns, rate), 0U);
  EXPECT_EQ(meter.take(1, now_ns + second_ns, rate), 0U);
  EXPECT_EQ(meter.take(1, now_ns + second_ns + second_ns / 10, rate), 1U);
}

TEST(RateMeter, WithoutLimitNothingIsCharged) {
  RateMeter meter;
  meter.charge(1000, {});
  EXPECT_EQ(meter.take(7, second_ns, {}), 7U);
}

TEST(RelayCredit, IsEarnedBySending) {
  RelayCredit credit;
  EXPECT_TRUE(credit.spend(relay_credit_at_first));
  EXPECT_FALSE(credit.spend(1));
  credit.earn(100);
  EXPECT_FALSE(credit.spend(100 * relay_credit_per_byte + 1));
  EXPECT_TRUE(credit.spend(100 * relay_credit_per_byte));
  credit.earn(std::size_t{1} << 40);
  EXPECT_FALSE(credit.spend(relay_credit_max + 1));
  EXPECT_TRUE(credit.spend(relay_credit_max));
}

}  // namespace
}  // namespace gyre::ws
