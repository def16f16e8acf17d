// The swarms that all workers of a tracker share, with their cleaner and memory watch. Their bounds
// follow from the configuration and the host's memory. For trackers whose peers are addresses (udp,
// http); those of gyre_ws are connections, in swarms of its workers.
//
// Lifetime: the core outlives it, but is stopped first.
#pragma once

#include <cstdint>

#include "common/config/cleaning.hpp"
#include "common/config/limits.hpp"
#include "common/config/peer_addresses.hpp"
#include "common/metrics/exposition_writer.hpp"
#include "common/swarm/swarm_maps.hpp"
#include "common/tracker/cleaner.hpp"
#include "common/tracker/core.hpp"
#include "common/tracker/memory_watch.hpp"

namespace gyre::tracker {

class SharedSwarms {
 public:
  // Clients are told `announce_interval_s`, and up to `announce_jitter_s` more.
  SharedSwarms(const config::LimitsConfig& limits, const config::CleaningConfig& cleaning,
               const config::PeerAddressConfig& peer_addresses, Seconds announce_interval_s,
               Seconds announce_jitter_s, Core& core);

  // Starts the cleaner and the memory watch. REQUIRES: Core::start_workers() was called.
  Result start();

  // Core::load_access_list(), after which a round of cleaning removes torrents that are not
  // allowed.
  Result load_access_list();

  swarm::SwarmMaps& maps() { return maps_; }
  void write_metrics(metrics::ExpositionWriter& out) const;

 private:
  swarm::SwarmMaps maps_;
  Core& core_;
  Cleaner cleaner_;
  MemoryWatch memory_watch_;
};

}  // namespace gyre::tracker
