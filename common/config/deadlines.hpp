// [deadlines]: how long clients of a tracker over TCP may take.
#pragma once

#include <string_view>

#include "common/base/types.hpp"
#include "common/config/schema.hpp"

namespace gyre::config {

inline constexpr std::string_view deadlines_text =
    "How long clients may take before their connection is closed.";
inline constexpr Integers deadline_range{.min = 1, .max = 3600};

void describe_handshake_deadline(Schema& schema, Seconds& handshake);
void describe_request_deadline(Schema& schema, Seconds& request);

}  // namespace gyre::config
