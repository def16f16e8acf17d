// Names a connection, from any worker and however late: its worker, its place there, and the
// generation of that place. A value; whether the connection is still there, its worker knows.
#pragma once

#include <cstdint>

#include "common/base/types.hpp"

namespace gyre::ws {

struct ConnectionRef {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  std::uint32_t worker = 0;
  bool operator==(const ConnectionRef&) const = default;
};

// Who sent a message.
struct Sender {
  ConnectionRef connection;
  ClientAddress address;  // the client's, whatever proxies are between
};

}  // namespace gyre::ws
