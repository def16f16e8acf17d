#include "common/config/cleaning.hpp"

#include <fmt/format.h>

namespace gyre::config {

void describe_cleaning_interval(Schema& schema, CleaningConfig& config) {
  schema.setting("torrent_cleaning_interval", config.torrent_cleaning_interval,
                 "Seconds between two rounds that remove expired peers and empty torrents.",
                 Integers{1, 3600});
}

void describe_max_peer_age(Schema& schema, CleaningConfig& config) {
  schema.setting("max_peer_age", config.max_peer_age,
                 "Seconds after its last announce at which a peer expires. Must exceed "
                 "peer_announce_interval plus peer_announce_jitter; twice as long tolerates one "
                 "lost announce.",
                 Integers{1, 21600});
}

void add_too_short_peer_age(Seconds max_peer_age, Seconds longest_interval,
                            std::vector<std::string>& problems) {
  if (longest_interval < max_peer_age) return;
  problems.push_back(
      fmt::format("cleaning.max_peer_age: {} s, but clients announce only every {} s "
                  "(peer_announce_interval + peer_announce_jitter), so peers would expire in "
                  "between; raise it above that, or shorten the interval",
                  max_peer_age, longest_interval));
}

}  // namespace gyre::config
