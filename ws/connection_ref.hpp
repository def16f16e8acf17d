// Names a connection, from any worker and however late: its worker, its place there, and the
// generation of that place. A value; whether the connection is still there, its worker knows.
#pragma once

#include <cstdint>

namespace gyre::ws {

struct ConnectionRef {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  std::uint32_t worker = 0;
  bool operator==(const ConnectionRef&) const = default;
};

}  // namespace gyre::ws
