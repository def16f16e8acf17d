// [deadlines]: how long clients of a tracker over TCP may take.
#pragma once

#include <string_view>

#include "common/base/types.hpp"
#include "common/config/schema.hpp"

namespace gyre::config {

inline constexpr std::string_view deadlines_text =
    "How long clients may take before their connection is closed.";
inline constexpr Integers deadline_range{.min = 1, .max = 3600};

// In seconds. What they mean in a protocol, it describes itself.
struct DeadlinesConfig {
  Seconds handshake = 10;
  Seconds request = 10;
  Seconds write = 20;
  Seconds lingering_close = 2;
  bool operator==(const DeadlinesConfig&) const = default;
};
void describe_handshake_deadline(Schema& schema, DeadlinesConfig& config);

}  // namespace gyre::config
