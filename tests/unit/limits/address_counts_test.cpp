#include "common/limits/address_counts.hpp"

#include <gtest/gtest.h>

#include <map>
#include <thread>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/random.hpp"

namespace gyre::limits {
namespace {

ClientAddress address(std::string_view text) {
  return client_address_from(text).value();
}

ClientAddress ipv4(std::uint32_t number) {
  Ipv4Address address;
  store_be(address.bytes.data(), number);
  return address;
}

TEST(AddressCounts, EachAddressHasItsOwnCount) {
  AddressCounts counts(2, 1);
  EXPECT_TRUE(counts.enter(address("192.0.2.1")));
  EXPECT_TRUE(counts.enter(address("192.0.2.1")));
  EXPECT_FALSE(counts.enter(address("192.0.2.1")));
  EXPECT_TRUE(counts.enter(address("192.0.2.2")));
  counts.leave(address("192.0.2.1"));
  EXPECT_TRUE(counts.enter(address("192.0.2.1")));
}

TEST(AddressCounts, Ipv6ClientsAreTheirNetwork) {
  AddressCounts counts(1, 1);
  EXPECT_TRUE(counts.enter(address("2001:db8:0:1::1")));
  EXPECT_FALSE(counts.enter(address("2001:db8:0:1:ffff::2")));
  EXPECT_TRUE(counts.enter(address("2001:db8:0:2::1")));
  EXPECT_EQ(counts.address_count(), 2U);
}

TEST(AddressCounts, FamiliesAreSeparate) {
  AddressCounts counts(1, 1);
  EXPECT_TRUE(counts.enter(address("0.0.0.0")));
  EXPECT_TRUE(counts.enter(address("::")));
  EXPECT_TRUE(counts.enter(address("1.0.0.0")));
}

// Against a std::map, with addresses that come and go.
TEST(AddressCounts, AgreesWithAModel) {
  AddressCounts counts(3, 7);
  std::map<std::uint32_t, std::uint32_t> model;
  std::vector<std::uint32_t> inside;
  Random random(1);
  for (int step = 0; step < 200'000; ++step) {
    if (inside.empty() || random.below(100) < 51) {
      const std::uint32_t number = random.below(5000);
      const bool may_enter = model[number] < 3;
      ASSERT_EQ(counts.enter(ipv4(number)), may_enter);
      if (!may_enter) continue;
      ++model[number];
      inside.push_back(number);
    } else {
      std::swap(inside[random.below(static_cast<std::uint32_t>(inside.size()))], inside.back());
      counts.leave(ipv4(inside.back()));
      --model[inside.back()];
      inside.pop_back();
    }
  }
  std::erase_if(model, [](const auto& entry) { return entry.second == 0; });
  EXPECT_EQ(counts.address_count(), model.size());
  for (const std::uint32_t number : inside) counts.leave(ipv4(number));
  EXPECT_EQ(counts.address_count(), 0U);
}

TEST(AddressCounts, IsThreadSafe) {
  AddressCounts counts(1'000'000, 7);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&counts] {
      for (std::uint32_t step = 0; step < 20'000; ++step) {
        counts.enter(ipv4(step % 100));
        if (step >= 50) counts.leave(ipv4((step - 50) % 100));
      }
      for (std::uint32_t step = 20'000 - 50; step < 20'000; ++step) counts.leave(ipv4(step % 100));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counts.address_count(), 0U);
}

}  // namespace
}  // namespace gyre::limits
