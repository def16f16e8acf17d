#include "common/base/bytes.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "tests/support/bytes.hpp"

namespace gyre {
namespace {

template <class T>
class BigEndian : public testing::Test {};
using Widths = testing::Types<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>;
TYPED_TEST_SUITE(BigEndian, Widths);

// Powers of two and their neighbours, where carries and signs go wrong.
template <class T>
std::vector<T> border_values() {
  std::vector<T> values{0, std::numeric_limits<T>::max()};
  for (int bit = 0; bit < std::numeric_limits<T>::digits; ++bit) {
    const T power = static_cast<T>(T{1} << bit);
    values.push_back(static_cast<T>(power - 1));
    values.push_back(power);
    values.push_back(static_cast<T>(power + 1));
  }
  return values;
}

TYPED_TEST(BigEndian, RoundTrip) {
  for (const TypeParam value : border_values<TypeParam>()) {
    std::array<std::byte, sizeof(TypeParam)> bytes{};
    store_be(bytes.data(), value);
    EXPECT_EQ(load_be<TypeParam>(bytes.data()), value);
    EXPECT_EQ(big_endian(big_endian(value)), value);
  }
}

TYPED_TEST(BigEndian, MostSignificantByteComesFirst) {
  for (const TypeParam value : border_values<TypeParam>()) {
    std::array<std::byte, sizeof(TypeParam)> bytes{};
    store_be(bytes.data(), value);
    for (std::size_t i = 0; i < sizeof(TypeParam); ++i) {
      const auto shift = 8 * (sizeof(TypeParam) - 1 - i);
      EXPECT_EQ(bytes[i], static_cast<std::byte>(std::uint64_t{value} >> shift)) << i;
    }
  }
}

TEST(ByteWriter, WritesInSequence) {
  std::array<std::byte, 20> out{};
  ByteWriter writer(out);
  writer.write(std::uint8_t{0x01});
  writer.write(std::uint16_t{0x0203});
  writer.write(std::uint32_t{0x04050607});
  writer.write(std::uint64_t{0x08090a0b0c0d0e0f});
  EXPECT_EQ(writer.written(), 15U);
  EXPECT_EQ(writer.remaining(), 5U);
  writer.write_bytes(test::from_hex("1011121314"));
  EXPECT_EQ(writer.remaining(), 0U);
  EXPECT_EQ(test::Bytes(out.begin(), out.end()),
            test::from_hex("01 0203 04050607 08090a0b0c0d0e0f 1011121314"));
}

TEST(ByteReader, ReadsInSequence) {
  const test::ExactCopy bytes(test::from_hex("01 0203 04050607 08090a0b0c0d0e0f ffff 1011 1213"));
  ByteReader reader(bytes.span());
  EXPECT_EQ(reader.read<std::uint8_t>(), 0x01);
  EXPECT_EQ(reader.read<std::uint16_t>(), 0x0203);
  EXPECT_EQ(reader.read<std::uint32_t>(), 0x04050607U);
  EXPECT_EQ(reader.read<std::uint64_t>(), 0x08090a0b0c0d0e0fU);
  reader.skip(2);
  EXPECT_EQ(reader.remaining(), 4U);
  EXPECT_EQ(reader.read_array<2>(), (std::array{std::byte{0x10}, std::byte{0x11}}));
  const auto rest = reader.take(2);
  EXPECT_EQ(rest.data(), bytes.span().data() + 19);
  EXPECT_EQ(reader.remaining(), 0U);
}

TEST(ByteReader, TakesZeroBytesOfAnEmptySpan) {
  ByteReader reader({});
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_TRUE(reader.take(0).empty());
}

#ifdef GYRE_ASSERTIONS
TEST(ByteReaderDeathTest, PastTheEndIsAProgrammingError) {
  const std::array<std::byte, 3> bytes{};
  ByteReader reader(bytes);
  EXPECT_DEATH(reader.read<std::uint32_t>(), "CHECK\\(size <= rest_.size\\(\\)\\) failed");
  EXPECT_DEATH(reader.skip(4), "failed");
}

TEST(ByteWriterDeathTest, PastTheEndIsAProgrammingError) {
  std::array<std::byte, 3> bytes{};
  ByteWriter writer(bytes);
  EXPECT_DEATH(writer.write(std::uint32_t{1}), "CHECK");
  EXPECT_DEATH(writer.write_bytes(test::Bytes(4)), "CHECK");
}
#endif

}  // namespace
}  // namespace gyre
