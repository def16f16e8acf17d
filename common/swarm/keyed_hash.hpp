// The hash of tables whose keys strangers choose (info_hashes, addresses and ports): without the
// secret nobody can find keys that collide.
#pragma once

#include <sodium.h>

#include <cstdint>
#include <span>

#include "common/base/sip_hash.hpp"

namespace gyre::swarm {

using HashSecret = SipKey;

inline HashSecret random_hash_secret() {
  HashSecret secret{};
  randombytes_buf(secret.data(), sizeof secret);
  return secret;
}

// `Size` is that of the key, in bytes.
template <std::size_t Size>
std::uint64_t keyed_hash(const HashSecret& secret, std::span<const std::byte, Size> key) {
  return sip_hash<1, 3>(secret, key);
}

}  // namespace gyre::swarm
