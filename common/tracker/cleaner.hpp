// The background thread that forgets: peers that have not announced for too long, torrents without
// peers, torrents that the access list no longer allows. It works in slices, each under one shard's
// lock for about 100 us. After each round, what is left is put on huge pages.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "common/base/clock.hpp"
#include "common/process/huge_pages.hpp"
#include "common/swarm/shared_access_list.hpp"
#include "common/swarm/swarm_map.hpp"

namespace gyre::tracker {

class Cleaner {
 public:
  // Everything passed by reference outlives it.
  Cleaner(Seconds interval_s, Seconds max_peer_age_s, swarm::SwarmMaps& swarms,
          const ProcessClock& clock, const swarm::SharedAccessList& access_list)
      : interval_s_(interval_s),
        max_peer_age_s_(max_peer_age_s),
        swarms_(swarms),
        clock_(clock),
        access_list_(access_list) {}

  // The thread's body: cleans once per interval until it is asked to stop.
  void run(const std::stop_token& stop);

  // Cleans soon, as after a change of the access list. From any thread.
  void clean_soon();

 private:
  bool wait(const std::stop_token& stop);
  template <class Address>
  void clean(const std::stop_token& stop);

  Seconds interval_s_;
  Seconds max_peer_age_s_;
  swarm::SwarmMaps& swarms_;
  const ProcessClock& clock_;
  const swarm::SharedAccessList& access_list_;

  process::HugePages huge_pages_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool soon_ = false;  // under the mutex
};

}  // namespace gyre::tracker
