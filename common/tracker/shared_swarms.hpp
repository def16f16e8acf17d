// The swarms that all workers of a tracker share, with their cleaner. Their bounds follow from the
// configuration and the host's memory. For trackers whose peers are addresses (udp, http); those of
// gyre_ws are connections, in swarms of its workers.
//
// Lifetime: the core outlives it, but is stopped first.
#pragma once

#include <cstdint>

#include "common/config/cleaning.hpp"
#include "common/config/limits.hpp"
#include "common/metrics/exposition_writer.hpp"
#include "common/swarm/swarm_maps.hpp"
#include "common/tracker/cleaner.hpp"
#include "common/tracker/core.hpp"

namespace gyre::tracker {

class SharedSwarms {
 public:
  // `other_memory`: bytes that sockets, connections and the rest of the process are expected to
  // take.
  SharedSwarms(const config::LimitsConfig& limits, const config::CleaningConfig& cleaning,
               bool with_ipv6, std::uint64_t other_memory, Core& core);

  // REQUIRES: Core::start_workers() was called.
  Result start_cleaner();

  // Core::load_access_list(), after which a round of cleaning removes torrents that are not
  // allowed.
  Result load_access_list();

  swarm::SwarmMaps& maps() { return maps_; }

 private:
  swarm::SwarmMaps maps_;
  Core& core_;
  Cleaner cleaner_;
};

}  // namespace gyre::tracker
