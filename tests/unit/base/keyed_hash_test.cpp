#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <unordered_set>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/sip_hash.hpp"
#include "tests/support/statistics.hpp"

namespace gyre {
namespace {

template <std::size_t Size>
std::uint64_t hash_of_counting_bytes() {
  std::array<std::byte, Size> key{};
  for (std::size_t i = 0; i < Size; ++i) key[i] = static_cast<std::byte>(i);
  return keyed_hash({0x0706050403020100, 0x0f0e0d0c0b0a0908},
                    std::span<const std::byte, Size>(key));
}

// The key and messages of SipHash's published vectors; the values are of an independent
// implementation of 1-3 that agrees with the published ones of 2-4.
TEST(KeyedHash, IsSipHash13) {
  EXPECT_EQ(hash_of_counting_bytes<6>(), 0xc50d2b50c59f22a7U);
  EXPECT_EQ(hash_of_counting_bytes<8>(), 0x369095118d299a8eU);
  EXPECT_EQ(hash_of_counting_bytes<16>(), 0xcc4fdd1a7d908b66U);
  EXPECT_EQ(hash_of_counting_bytes<18>(), 0x8ffc389cb473e63eU);
  EXPECT_EQ(hash_of_counting_bytes<20>(), 0xc0dc2f46a6cce040U);
}

TEST(KeyedHash, SecretsDiffer) {
  EXPECT_NE(random_sip_key(), random_sip_key());
  const std::array<std::byte, 20> key{};
  const std::span<const std::byte, 20> span(key);
  EXPECT_NE(keyed_hash({1, 2}, span), keyed_hash({1, 3}, span));
  EXPECT_NE(keyed_hash({1, 2}, span), keyed_hash({2, 2}, span));
}

// Keys that differ little spread over all bits: tables take the highest or the lowest ones.
TEST(KeyedHash, SpreadsNeighbouringKeys) {
  constexpr std::uint32_t count = 100'000;
  std::unordered_set<std::uint64_t> hashes;
  std::vector<std::uint32_t> set_count(64);
  for (std::uint32_t number = 0; number < count; ++number) {
    std::array<std::byte, 6> key{};
    store_be(key.data(), number);
    const std::uint64_t hash = keyed_hash({7, 8}, std::span<const std::byte, 6>(key));
    EXPECT_TRUE(hashes.insert(hash).second);
    for (std::uint64_t rest = hash; rest != 0; rest &= rest - 1) {
      ++set_count[static_cast<std::size_t>(std::countr_zero(rest))];
    }
  }
  EXPECT_LT(test::uniformity(set_count, count, 0.5).largest_deviation, 4.5);
}

}  // namespace
}  // namespace gyre
