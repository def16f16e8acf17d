#include "common/base/sip_hash.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include "common/base/random.hpp"

namespace gyre {
namespace {

// The message is the bytes 0, 1, 2 ..., under the key of the published vectors.
template <std::size_t Size>
std::uint64_t hash_of_counting_bytes() {
  std::array<std::byte, Size> message{};
  for (std::size_t i = 0; i < Size; ++i) message[i] = static_cast<std::byte>(i);
  return sip_hash<2, 4>({0x0706050403020100, 0x0f0e0d0c0b0a0908},
                        std::span<const std::byte, Size>(message));
}

// The authors' test vectors (appendix A of the paper, and vectors.h of their implementation).
TEST(SipHash, MatchesThePublishedVectors) {
  EXPECT_EQ(hash_of_counting_bytes<0>(), 0x726fdb47dd0e0e31U);
  EXPECT_EQ(hash_of_counting_bytes<8>(), 0x93f5f5799a932462U);
  EXPECT_EQ(hash_of_counting_bytes<15>(), 0xa129ca6149be45e5U);
}

template <std::size_t Size>
void expect_as_libsodium(Random& random) {
  const SipKey key{random.next(), random.next()};
  std::array<std::byte, Size> message{};
  for (std::byte& byte : message) byte = static_cast<std::byte>(random.next());
  std::uint64_t expected = 0;
  crypto_shorthash(reinterpret_cast<unsigned char*>(&expected),
                   reinterpret_cast<const unsigned char*>(message.data()), Size,
                   reinterpret_cast<const unsigned char*>(key.data()));
  EXPECT_EQ((sip_hash<2, 4>(key, std::span<const std::byte, Size>(message))), expected) << Size;
}

// Sizes of an IPv4 address, an IPv6 address, and their neighbours.
TEST(SipHash, MatchesLibsodium) {
  static_assert(crypto_shorthash_BYTES == 8 && crypto_shorthash_KEYBYTES == sizeof(SipKey));
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    expect_as_libsodium<4>(random);
    expect_as_libsodium<7>(random);
    expect_as_libsodium<9>(random);
    expect_as_libsodium<16>(random);
    expect_as_libsodium<20>(random);
  }
}

}  // namespace
}  // namespace gyre
