// SipHash (Aumasson and Bernstein, 2012): a keyed 64-bit hash. Without the key nobody can predict a
// hash or find messages that collide. Implemented here because every announce computes several:
// inlined for a constant size it hashes an info_hash in 7.8 ns, libsodium's in 14.7 ns
// (documents/benchmarks/2026-11-30-memory.md).
//
// The caller chooses the rounds: 1 and 3 for hash tables whose keys strangers choose; 2 and 4, as
// the authors advise, where somebody gets to see the hash.
#pragma once

#include <sodium.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace gyre {

using SipKey = std::array<std::uint64_t, 2>;

inline SipKey random_sip_key() {
  SipKey key{};
  randombytes_buf(key.data(), sizeof key);
  return key;
}

namespace detail {

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void rounds(int count) {
    for (int i = 0; i < count; ++i) round();
  }
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
};

}  // namespace detail

// `Size` is that of the message, in bytes.
template <int RoundsPerWord, int LastRounds, std::size_t Size>
std::uint64_t sip_hash(const SipKey& key, std::span<const std::byte, Size> message) {
  static_assert(Size != std::dynamic_extent && std::endian::native == std::endian::little);
  detail::SipState state{key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
                         key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573};
  const auto absorb = [&state](std::uint64_t word) {
    state.v3 ^= word;
    state.rounds(RoundsPerWord);
    state.v0 ^= word;
  };
  std::size_t at = 0;
  for (; at + 8 <= Size; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, message.data() + at, 8);
    absorb(word);
  }
  std::uint64_t last = 0;
  std::memcpy(&last, message.data() + at, Size % 8);
  absorb(last | std::uint64_t{Size} << 56);
  state.v2 ^= 0xff;
  state.rounds(LastRounds);
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

// For tables.
template <std::size_t Size>
std::uint64_t keyed_hash(const SipKey& secret, std::span<const std::byte, Size> key) {
  return sip_hash<1, 3>(secret, key);
}

}  // namespace gyre
