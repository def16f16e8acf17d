// The background thread that removes peers that have not announced for too long, torrents without
// peers, and torrents that the access list does not allow. It works in slices, each of which holds
// the lock of one shard for about 100 us. After each round it collapses the remaining memory into
// huge pages.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "common/base/clock.hpp"
#include "common/process/huge_pages.hpp"
#include "common/swarm/access_list.hpp"
#include "common/swarm/swarm_maps.hpp"
#include "common/tracker/announce_interval.hpp"

namespace gyre::tracker {

struct CleanerOptions {
  Seconds interval_s = 120;  // from one round to the next
  Seconds max_peer_age_s = 3600;
};

class Cleaner {
 public:
  // Everything passed by reference outlives it.
  Cleaner(const CleanerOptions& options, swarm::SwarmMaps& swarms, const ProcessClock& clock,
          const swarm::SharedAccessList& access_list, const AnnounceInterval& announce_interval)
      : options_(options),
        swarms_(swarms),
        clock_(clock),
        access_list_(access_list),
        announce_interval_(announce_interval) {}

  // The thread's body: cleans once per interval until a stop is requested.
  void run(const std::stop_token& stop);

  // Starts a round at once, for example after a change of the access list. From any thread.
  void clean_soon();

 private:
  bool wait(const std::stop_token& stop);
  template <class Address>
  void clean(swarm::SwarmMap<Address>& map, const std::stop_token& stop);
  Seconds peer_age() const;

  CleanerOptions options_;
  swarm::SwarmMaps& swarms_;
  const ProcessClock& clock_;
  const swarm::SharedAccessList& access_list_;
  const AnnounceInterval& announce_interval_;

  process::HugePages huge_pages_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool soon_ = false;  // under the mutex
};

}  // namespace gyre::tracker
