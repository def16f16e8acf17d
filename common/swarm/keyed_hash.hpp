// SipHash-1-3 under a secret (Aumasson and Bernstein, 2012), for tables whose keys strangers choose
// (info_hashes, addresses and ports): without the secret nobody can find keys that collide. Written
// out here because it runs for every announce, several times: inlined for keys of a known size
// it takes a third of a call to libsodium's SipHash-2-4, which stays where a MAC is needed.
#pragma once

#include <sodium.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

namespace gyre::swarm {

using HashSecret = std::array<std::uint64_t, 2>;

inline HashSecret random_hash_secret() {
  HashSecret secret{};
  randombytes_buf(secret.data(), sizeof secret);
  return secret;
}

namespace detail {

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void absorb(std::uint64_t word) {
    v3 ^= word;
    round();
    v0 ^= word;
  }
};

}  // namespace detail

// `Size` is that of the key, in bytes.
template <std::size_t Size>
std::uint64_t keyed_hash(const HashSecret& secret, std::span<const std::byte, Size> key) {
  static_assert(Size != std::dynamic_extent && std::endian::native == std::endian::little);
  detail::SipState state{secret[0] ^ 0x736f6d6570736575, secret[1] ^ 0x646f72616e646f6d,
                         secret[0] ^ 0x6c7967656e657261, secret[1] ^ 0x7465646279746573};
  std::size_t at = 0;
  for (; at + 8 <= Size; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, key.data() + at, 8);
    state.absorb(word);
  }
  std::uint64_t last = std::uint64_t{Size} << 56;
  std::memcpy(&last, key.data() + at, Size - at);
  state.absorb(last);
  state.v2 ^= 0xff;
  for (int i = 0; i < 3; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace gyre::swarm
