// [protocol]: what trackers tell their clients.
#pragma once

#include "common/base/types.hpp"
#include "common/config/schema.hpp"

namespace gyre::config {

void describe_announce_interval(Schema& schema, Seconds& interval);
void describe_announce_jitter(Schema& schema, Seconds& jitter);
void describe_echo_lone_peer(Schema& schema, bool& echo_lone_peer);

}  // namespace gyre::config
