// What a completion is about, in its token: a worker's operation in the highest byte, the
// generation of the thing in the next three, and its index in the low bits.
#pragma once

#include <cstdint>

namespace gyre::ring {

enum class Operation : std::uint8_t { accept, receive, send, stop, woken, wake };

inline constexpr std::uint32_t generation_count = 1 << 24;

constexpr std::uint64_t token_of(Operation operation, std::uint32_t index = 0,
                                 std::uint32_t generation = 0) {
  return static_cast<std::uint64_t>(operation) << 56 |
         static_cast<std::uint64_t>(generation % generation_count) << 32 | index;
}
constexpr Operation operation_of(std::uint64_t token) {
  return static_cast<Operation>(token >> 56);
}
constexpr std::uint32_t generation_of(std::uint64_t token) {
  return static_cast<std::uint32_t>(token >> 32) % generation_count;
}
constexpr std::uint32_t index_of(std::uint64_t token) {
  return static_cast<std::uint32_t>(token);
}

}  // namespace gyre::ring
