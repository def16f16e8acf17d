// What a completion is about: the operation, and for connections which one, and the generation of
// its place.
#pragma once

#include <cstdint>

#include "common/connection/connection.hpp"

namespace gyre::connection {

enum class Operation : std::uint8_t { accept, receive, send, stop, woken, wake };

inline constexpr std::uint32_t generation_count = 1 << 24;

constexpr std::uint64_t token_of(Operation operation, std::uint32_t index = 0,
                                 std::uint32_t generation = 0) {
  return static_cast<std::uint64_t>(operation) << 56 |
         static_cast<std::uint64_t>(generation % generation_count) << 32 | index;
}
inline std::uint64_t token_of(Operation operation, const ConnectionBase& connection) {
  return token_of(operation, connection.index, connection.generation);
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

}  // namespace gyre::connection
