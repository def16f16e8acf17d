// [protocol]: what trackers tell their clients.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/types.hpp"
#include "common/config/schema.hpp"

namespace gyre::config {

void describe_announce_interval(Schema& schema, Seconds& interval);
void describe_announce_jitter(Schema& schema, Seconds& jitter);
// Percent of the workers' time; 0: off.
inline constexpr std::uint32_t default_adaptive_interval = 85;
// Where peers expire by age.
inline constexpr std::string_view adaptive_interval_text =
    "Percentage of the workers' CPU time above which clients are told longer intervals, gradually "
    "up to three times as long but no more than 5400 seconds, until they ask for no more than "
    "that; below three quarters of it the interval returns to peer_announce_interval. Peers then "
    "expire a quarter later than the longest interval that was told, if that is later than "
    "max_peer_age. Under a CPU quota the interval does not adapt, unless socket_workers is what "
    "the quota allows. 0: the interval never changes.";
void describe_adaptive_interval(Schema& schema, std::uint32_t& load_max, std::string_view text);
void describe_echo_lone_peer(Schema& schema, bool& echo_lone_peer);

}  // namespace gyre::config
