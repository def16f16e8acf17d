// SipHash-2-4 under a secret, for tables whose keys strangers choose (info_hashes, addresses and
// ports): without the secret nobody can find keys that collide. Uses libsodium's implementation.
#pragma once

#include <sodium.h>

#include <array>
#include <cstdint>
#include <span>

namespace gyre::swarm {

using HashSecret = std::array<unsigned char, crypto_shorthash_KEYBYTES>;

inline HashSecret random_hash_secret() {
  HashSecret secret{};
  randombytes_buf(secret.data(), secret.size());
  return secret;
}

inline std::uint64_t keyed_hash(const HashSecret& secret, std::span<const std::byte> key) {
  static_assert(sizeof(std::uint64_t) == crypto_shorthash_BYTES);
  std::uint64_t hash = 0;
  crypto_shorthash(reinterpret_cast<unsigned char*>(&hash),
                   reinterpret_cast<const unsigned char*>(key.data()), key.size(), secret.data());
  return hash;
}

}  // namespace gyre::swarm
