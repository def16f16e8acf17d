#include "common/limits/token_buckets.hpp"

#include <gtest/gtest.h>

#include <map>

#include "common/base/bytes.hpp"
#include "common/base/random.hpp"

namespace gyre::limits {
namespace {

constexpr std::uint64_t secret = 0x1234'5678'9abc'def0;
constexpr std::uint64_t second = 1'000'000'000;
constexpr BucketTable one_set{.size = 64, .secret = secret};
constexpr BucketTable few_sets{.size = 64 * 64, .secret = secret};
constexpr BucketTable many_sets{.size = std::size_t{1} << 20, .secret = secret};
constexpr BucketRate rate{.per_second = 10, .network_factor = 4, .burst_s = 5};

BucketKey key(std::string_view address) {
  return bucket_key(client_address_from(address).value(), secret);
}

BucketKey ipv4_key(std::uint32_t bits) {
  Ipv4Address address;
  store_be(address.bytes.data(), bits);
  return bucket_key(address, secret);
}

std::uint32_t take_all(TokenBuckets& buckets, const BucketKey& of, std::uint64_t now_ns) {
  std::uint32_t taken = 0;
  while (taken < 1'000'000 && buckets.take(of, now_ns)) ++taken;
  return taken;
}

TEST(TokenBuckets, AFullBucketHoldsTheBurstAndFillsUpAtTheRate) {
  TokenBuckets buckets(rate, many_sets);
  const BucketKey client = key("203.0.113.1");
  const std::uint64_t start = 1000 * second;
  EXPECT_EQ(take_all(buckets, client, start), 50U);
  EXPECT_FALSE(buckets.take(client, start + second / 10 - 100));
  EXPECT_EQ(take_all(buckets, client, start + second / 10), 1U);
  EXPECT_EQ(take_all(buckets, client, start + second), 9U);
  EXPECT_EQ(take_all(buckets, client, start + 3 * second), 20U);
  EXPECT_EQ(take_all(buckets, client, start + 1000 * second), 50U) << "no more than a full one";
}

// A host that has just been started has a clock near zero.
TEST(TokenBuckets, BucketsAreFullAtTheBeginning) {
  TokenBuckets buckets(rate, many_sets);
  EXPECT_EQ(take_all(buckets, key("203.0.113.1"), 0), 50U);
  EXPECT_EQ(take_all(buckets, key("203.0.113.1"), second), 10U);
}

TEST(TokenBuckets, TheFirstOfANetworkInAnIntervalAreNotCharged) {
  TokenBuckets buckets({.per_second = 160, .network_factor = 1, .burst_s = 1}, many_sets);
  const std::uint64_t interval = std::uint64_t{1} << 26;
  const std::uint64_t start = 1000 * interval;
  EXPECT_EQ(take_all(buckets, key("203.0.113.1"), start), 160U + 10) << "but the very first";
  EXPECT_EQ(take_all(buckets, key("203.0.113.2"), start), 0U) << "its network has none left";
  // One interval gives back 10 tokens, and 10 that are not charged.
  EXPECT_EQ(take_all(buckets, key("203.0.113.1"), start + interval), 20U);
  EXPECT_EQ(take_all(buckets, key("203.0.113.2"), start + interval), 0U);
}

TEST(TokenBuckets, WhoIsNotPublicIsNotLimited) {
  TokenBuckets buckets(rate, many_sets);
  for (const char* address : {"127.0.0.1", "10.1.2.3", "192.168.0.1", "100.64.0.1", "::1",
                              "fd00::1", "fe80::1", "::ffff:10.0.0.1"}) {
    EXPECT_FALSE(key(address).is_limited) << address;
    EXPECT_EQ(take_all(buckets, key(address), second), 1'000'000U) << address;
  }
}

TEST(TokenBuckets, AddressesAndTheirKeysAreTheSame) {
  TokenBuckets buckets(rate, many_sets);
  EXPECT_EQ(take_all(buckets, key("203.0.113.1"), second), 50U);
  EXPECT_FALSE(buckets.take(client_address_from("203.0.113.1").value(), second));
  EXPECT_TRUE(buckets.take(client_address_from("203.0.113.2").value(), second));
  EXPECT_TRUE(buckets.take(client_address_from("10.0.0.1").value(), second));
}

TEST(TokenBuckets, ARateOfZeroIsNoLimit) {
  TokenBuckets buckets({.per_second = 0}, many_sets);
  EXPECT_EQ(take_all(buckets, key("203.0.113.1"), second), 1'000'000U);
}

TEST(TokenBuckets, ANetworkHasItsOwnBucket) {
  const char* const ipv4[] = {"203.0.113.1", "203.0.113.2", "203.0.113.3",
                              "203.0.113.4", "203.0.113.5", "203.0.114.1"};
  const char* const ipv6[] = {"2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:1:3::1",
                              "2001:db8:1:4::1", "2001:db8:1:5::1", "2001:db8:2:1::1"};
  for (const auto& addresses : {std::span(ipv4), std::span(ipv6)}) {
    TokenBuckets buckets(rate, many_sets);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(take_all(buckets, key(addresses[i]), second), 50U);
    EXPECT_EQ(take_all(buckets, key(addresses[4]), second), 0U) << "its network has none left";
    EXPECT_EQ(take_all(buckets, key(addresses[5]), second), 50U) << "another network has";
    EXPECT_EQ(take_all(buckets, key(addresses[4]), 2 * second), 40U) << "nothing was charged";
  }
}

TEST(TokenBuckets, AnIpv6AddressIsItsSubscribersNetwork) {
  TokenBuckets buckets(rate, many_sets);
  EXPECT_EQ(take_all(buckets, key("2001:db8:1:1::1"), second), 50U);
  EXPECT_EQ(take_all(buckets, key("2001:db8:1:1:ffff::2"), second), 0U);
}

TEST(TokenBuckets, FamiliesAreApart) {
  TokenBuckets buckets(rate, many_sets);
  EXPECT_EQ(take_all(buckets, key("203.0.113.1"), second), 50U);
  EXPECT_EQ(take_all(buckets, key("2001:db8:1:1::1"), second), 50U);
  EXPECT_EQ(take_all(buckets, key("::ffff:203.0.113.1"), second), 0U) << "the same in IPv6";
}

TEST(TokenBuckets, ANewRateKeepsWhatWasTaken) {
  TokenBuckets buckets(rate, many_sets);
  const BucketKey client = key("203.0.113.1");
  EXPECT_EQ(take_all(buckets, client, second), 50U);
  buckets.set_rate({.per_second = 15, .network_factor = 4, .burst_s = 5});
  EXPECT_EQ(take_all(buckets, client, second), 0U);
  EXPECT_EQ(take_all(buckets, client, 2 * second), 15U);
}

// Those who are at their limit stay there, whoever else comes by.
TEST(TokenBuckets, TheFullestIsForgotten) {
  TokenBuckets buckets(rate, one_set);
  const char* const heavy[] = {"203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4"};
  for (const char* address : heavy) EXPECT_EQ(take_all(buckets, key(address), second), 50U);
  std::uint32_t refused = 0;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    refused += buckets.take(ipv4_key(0x0800'0000 + i * 1027), second) ? 0 : 1;
  }
  EXPECT_LT(refused, 20U) << "4 of 65536 have the fingerprint of one of the four";
  for (const char* address : heavy) EXPECT_FALSE(buckets.take(key(address), second));
}

// After so long the clock of the buckets has wrapped around.
TEST(TokenBuckets, AfterYearsBucketsAreFull) {
  TokenBuckets buckets(rate, one_set);
  const BucketKey client = key("203.0.113.1");
  const std::uint64_t half_wrap = (std::uint64_t{1} << 47) * 64;
  std::uint64_t now = second;
  for (int i = 0; i < 50; ++i, now += half_wrap + 7 * second) {
    ASSERT_EQ(take_all(buckets, client, now), 50U) << i;
  }
}

// Against buckets that are never forgotten: nobody is refused who has tokens there. With space for
// all, the two are equal.
TEST(TokenBuckets, AgreeWithAModel) {
  struct Model {
    double tokens = 0;
    std::uint64_t at_ns = 0;
  };
  for (const std::uint32_t address_count : {50U, 20'000U}) {
    TokenBuckets buckets(rate, address_count == 50 ? many_sets : few_sets);
    std::map<std::uint32_t, Model> addresses;
    std::map<std::uint32_t, Model> networks;
    Random random(address_count);
    std::uint64_t now = second;
    const auto bucket_in = [&](auto& models, std::uint32_t index, double per_second) -> Model& {
      const auto [at, is_new] = models.try_emplace(index, Model{per_second * 5, now});
      Model& model = at->second;
      const double earned = static_cast<double>(now - model.at_ns) / 1e9 * per_second;
      model.tokens = std::min(model.tokens + earned, per_second * 5);
      model.at_ns = now;
      return model;
    };
    std::uint32_t refused = 0;
    for (int i = 0; i < 300'000; ++i) {
      // Some ask far more often than others.
      const std::uint32_t which = random.below(1 + random.below(1 + random.below(address_count)));
      const std::uint32_t bits = 0xcb00'0000 + which % 8 + (which / 8 << 8);
      now += random.below(address_count == 50 ? 4'000'000 : 400'000) / 64 * 64;
      Model& address = bucket_in(addresses, bits, 10);
      Model& network = bucket_in(networks, bits >> 8, 40);
      const double least = std::min(address.tokens, network.tokens);
      const bool taken = buckets.take(ipv4_key(bits), now);
      const bool is_clear = std::abs(least - 1) > 0.001;
      const bool must_be_equal = address_count == 50 || least > 1;
      if (is_clear && must_be_equal) {
        ASSERT_EQ(taken, least > 1) << i;
      }
      refused += taken ? 0 : 1;
      if (!taken) continue;
      address.tokens = std::max(address.tokens - 1, 0.0);
      network.tokens = std::max(network.tokens - 1, 0.0);
    }
    EXPECT_GT(refused, 1000U);
  }
}

TEST(TokenBuckets, TablesAreSizedFromMemory) {
  const auto mib = [](std::uint64_t count) { return count << 20; };
  EXPECT_EQ(bucket_table_size(0, 3), 65536U);
  EXPECT_EQ(bucket_table_size(mib(64), 3), 65536U);
  EXPECT_EQ(bucket_table_size(mib(256), 3), std::size_t{256} << 10);
  EXPECT_EQ(bucket_table_size(mib(1024), 3), mib(1));
  EXPECT_EQ(bucket_table_size(mib(1 << 20), 3), mib(1));
}

}  // namespace
}  // namespace gyre::limits
