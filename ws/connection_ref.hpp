// Which connection is meant, from any worker and however late: its worker, its place there, and the
// how manieth connection in that place. A value; whether the connection still is there, its worker
// knows.
#pragma once

#include <cstdint>

namespace gyre::ws {

struct ConnectionRef {
  std::uint32_t index = 0;
  std::uint32_t serial = 0;
  std::uint32_t worker = 0;
  bool operator==(const ConnectionRef&) const = default;
};

}  // namespace gyre::ws
