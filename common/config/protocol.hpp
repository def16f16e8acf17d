// [protocol]: what trackers tell their clients.
#pragma once

#include <cstdint>

#include "common/base/types.hpp"
#include "common/config/schema.hpp"

namespace gyre::config {

void describe_announce_interval(Schema& schema, Seconds& interval);
void describe_announce_jitter(Schema& schema, Seconds& jitter);
// Percent of the workers' time; 0: off.
inline constexpr std::uint32_t default_adaptive_interval = 85;
void describe_adaptive_interval(Schema& schema, std::uint32_t& load_max);
void describe_echo_lone_peer(Schema& schema, bool& echo_lone_peer);

}  // namespace gyre::config
