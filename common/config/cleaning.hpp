// [cleaning]: when what clients have announced is forgotten.
#pragma once

#include <string>
#include <vector>

#include "common/base/types.hpp"
#include "common/config/schema.hpp"

namespace gyre::config {

void describe_cleaning_interval(Schema& schema, Seconds& interval);
void describe_max_peer_age(Schema& schema, Seconds& max_peer_age);

// Adds a problem if peers would expire between two announces. `longest_interval` includes all
// jitter.
void add_too_short_peer_age(Seconds max_peer_age, Seconds longest_interval,
                            std::vector<std::string>& problems);

}  // namespace gyre::config
