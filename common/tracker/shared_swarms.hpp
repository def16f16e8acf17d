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
#include "common/tracker/announce_interval.hpp"
#include "common/tracker/cleaner.hpp"
#include "common/tracker/core.hpp"
#include "common/tracker/memory_watch.hpp"

namespace gyre::tracker {

class SharedSwarms {
 public:
  // Clients are told `announce_interval_s`, or longer (AnnounceInterval), and up to
  // `announce_jitter_s` more.
  SharedSwarms(const config::LimitsConfig& limits, const config::CleaningConfig& cleaning,
               const config::PeerAddressConfig& peer_addresses, Seconds announce_interval_s,
               Seconds announce_jitter_s, std::uint32_t adaptive_interval, Core& core);

  // Starts the cleaner, the memory watch and what adapts the interval. REQUIRES:
  // Core::start_workers() was called.
  Result start();

  // Core::load_lists(), after which a round of cleaning removes torrents that are not
  // allowed.
  Result load_lists();

  swarm::SwarmMaps& maps() { return maps_; }
  const AnnounceInterval& announce_interval() const { return announce_interval_; }
  void write_metrics(metrics::ExpositionWriter& out) const;

 private:
  swarm::SwarmMaps maps_;
  Core& core_;
  AnnounceInterval announce_interval_;
  Cleaner cleaner_;
  MemoryWatch memory_watch_;
};

}  // namespace gyre::tracker
