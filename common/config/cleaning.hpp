// [cleaning]: when what clients have announced is forgotten.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/types.hpp"
#include "common/config/schema.hpp"

namespace gyre::config {

inline constexpr std::string_view cleaning_text = "Expiry of what clients have announced.";

// Of swarms whose peers are addresses.
struct CleaningConfig {
  Seconds torrent_cleaning_interval = 120;
  Seconds max_peer_age = 3600;
  bool operator==(const CleaningConfig&) const = default;
};
void describe_cleaning_interval(Schema& schema, CleaningConfig& config);
void describe_max_peer_age(Schema& schema, CleaningConfig& config);

// Adds a problem if peers would expire between two announces. `longest_interval` includes all
// jitter.
void add_too_short_peer_age(Seconds max_peer_age, Seconds longest_interval,
                            std::vector<std::string>& problems);

}  // namespace gyre::config
