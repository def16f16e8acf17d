#include "common/base/types.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/bytes.hpp"

namespace gyre {
namespace {

constexpr std::string_view all_digits = "0123456789abcdef0123456789abcdef01234567";

TEST(InfoHash, EveryByteCountsInComparisons) {
  Random random(2);
  const auto original = test::random_value<InfoHash>(random);
  EXPECT_EQ(original, InfoHash{original});
  for (std::size_t bit = 0; bit < 160; ++bit) {
    InfoHash other = original;
    other.bytes[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    EXPECT_NE(original, other) << bit;
    EXPECT_EQ(original < other, original.bytes < other.bytes) << bit;
    EXPECT_NE(original < other, other < original) << bit;
  }
}

TEST(InfoHashHex, RoundTripsEveryByte) {
  const auto info_hash = info_hash_from_hex(all_digits);
  ASSERT_TRUE(info_hash);
  EXPECT_EQ(info_hash->bytes[0], std::byte{0x01});
  EXPECT_EQ(info_hash->bytes[7], std::byte{0xef});
  EXPECT_EQ(info_hash->bytes[19], std::byte{0x67});
  EXPECT_EQ(to_hex(*info_hash), all_digits);
}

TEST(InfoHashHex, IgnoresCase) {
  const auto lower = info_hash_from_hex(std::string(40, 'a'));
  const auto upper = info_hash_from_hex(std::string(40, 'A'));
  ASSERT_TRUE(lower && upper);
  EXPECT_EQ(*lower, *upper);
}

TEST(InfoHashHex, RoundTrip) {
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    const auto info_hash = test::random_value<InfoHash>(random);
    EXPECT_EQ(info_hash_from_hex(to_hex(info_hash)), info_hash);
  }
}

TEST(InfoHashHex, OnlyFortyDigitsAreAccepted) {
  const std::string text(all_digits);
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(info_hash_from_hex(text.substr(0, size))) << size;
  }
  EXPECT_FALSE(info_hash_from_hex(text + "0"));
  EXPECT_FALSE(info_hash_from_hex(text + text));
}

TEST(InfoHashHex, EveryOtherCharacterIsRefusedAnywhere) {
  const std::string_view digits = "0123456789abcdefABCDEF";
  for (int c = 0; c < 256; ++c) {
    const bool is_digit = digits.find(static_cast<char>(c)) != std::string_view::npos;
    for (const std::size_t position : {0U, 1U, 38U, 39U}) {
      std::string text(all_digits);
      text[position] = static_cast<char>(c);
      EXPECT_EQ(info_hash_from_hex(text).has_value(), is_digit) << c << " at " << position;
    }
  }
}

Ipv6Address ipv6(std::string_view hex) {
  Ipv6Address address;
  std::ranges::copy(test::from_hex(hex), address.bytes.begin());
  return address;
}

TEST(AddressText, Ipv4) {
  EXPECT_EQ(to_string(Ipv4Address{}), "0.0.0.0");
  EXPECT_EQ(to_string(Ipv4Address{{std::byte{10}, std::byte{0}, std::byte{2}, std::byte{255}}}),
            "10.0.2.255");
}

TEST(AddressText, Ipv6) {
  EXPECT_EQ(to_string(Ipv6Address{}), "::");
  EXPECT_EQ(to_string(ipv6("20010db8 00000000 00000000 00000001")), "2001:db8::1");
  EXPECT_EQ(to_string(ipv6("ffffffff ffffffff ffffffff ffffffff")),
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

struct Mapped {
  const char* name;
  const char* hex;
  const char* ipv4;  // null: not a mapped address
};

const Mapped mapped_cases[] = {
    {"mapped", "00000000 00000000 0000ffff c0000201", "192.0.2.1"},
    {"mapped any address", "00000000 00000000 0000ffff 00000000", "0.0.0.0"},
    {"mapped broadcast", "00000000 00000000 0000ffff ffffffff", "255.255.255.255"},
    {"any address", "00000000 00000000 00000000 00000000", nullptr},
    {"loopback", "00000000 00000000 00000000 00000001", nullptr},
    {"compatible, long deprecated", "00000000 00000000 00000000 c0000201", nullptr},
    {"half of the mark", "00000000 00000000 000000ff c0000201", nullptr},
    {"other half of the mark", "00000000 00000000 0000ff00 c0000201", nullptr},
    {"first byte set", "01000000 00000000 0000ffff c0000201", nullptr},
    {"last byte before the mark set", "00000000 00000000 0001ffff c0000201", nullptr},
    {"translated, 64:ff9b::/96", "0064ff9b 00000000 00000000 c0000201", nullptr},
};

TEST(Ipv4MappedIn, ChecksAll96BitsOfThePrefix) {
  for (const Mapped& row : mapped_cases) {
    SCOPED_TRACE(row.name);
    const auto found = ipv4_mapped_in(ipv6(row.hex));
    EXPECT_EQ(found ? to_string(*found) : "none", row.ipv4 != nullptr ? row.ipv4 : "none");
  }
}

TEST(Families, SizesOfCompactPeers) {
  EXPECT_EQ(compact_peer_size(Family::ipv4), 6U);
  EXPECT_EQ(compact_peer_size(Family::ipv6), 18U);
  EXPECT_EQ(family_of<Ipv4Address>, Family::ipv4);
  EXPECT_EQ(family_of<Ipv6Address>, Family::ipv6);
}

}  // namespace
}  // namespace gyre
