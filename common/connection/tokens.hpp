// The tokens of completions: the operation, and for connections which one, and the generation of
// its place.
#pragma once

#include <cstdint>

#include "common/connection/connection.hpp"
#include "common/ring/tokens.hpp"

namespace gyre::connection {

using ring::generation_count;
using ring::generation_of;
using ring::index_of;
using ring::Operation;
using ring::operation_of;
using ring::token_of;

inline std::uint64_t token_of(Operation operation, const ConnectionBase& connection) {
  return ring::token_of(operation, connection.index, connection.generation);
}

}  // namespace gyre::connection
