#include "common/tracker/shared_swarms.hpp"

#include "common/tracker/metrics_text.hpp"
#include "common/tracker/swarm_options.hpp"

namespace gyre::tracker {
namespace {

// While memory is scarce peers live no longer than until the latest announce that is due, and a
// tenth.
Seconds shortest_peer_age(Seconds interval_s, Seconds jitter_s) {
  return (interval_s + jitter_s) / 10 * 11 + 1;
}

}  // namespace

SharedSwarms::SharedSwarms(const config::LimitsConfig& limits,
                           const config::CleaningConfig& cleaning,
                           const config::PeerAddressConfig& peer_addresses,
                           Seconds announce_interval_s, Seconds announce_jitter_s, Core& core)
    : maps_(core.hash_secret(),
            swarm_options(limits, peer_addresses, memory_limit(limits.max_memory),
                          announce_interval_s)),
      core_(core),
      cleaner_({.interval_s = cleaning.torrent_cleaning_interval,
                .max_peer_age_s = cleaning.max_peer_age,
                .scarce_peer_age_s = shortest_peer_age(announce_interval_s, announce_jitter_s)},
               maps_, core.clock(), core.access_list()),
      memory_watch_(limits.max_memory, maps_.budget) {}

Result SharedSwarms::start() {
  auto started = core_.start_thread("cleaner", [this](const std::stop_token& stop) -> Result {
    cleaner_.run(stop);
    return {};
  });
  return started ? memory_watch_.start(core_) : started;
}

Result SharedSwarms::load_access_list() {
  auto loaded = core_.load_access_list();
  const bool has_torrents = maps_.budget.torrent_count() > 0;  // false at the start
  if (loaded && has_torrents) cleaner_.clean_soon();
  return loaded;
}

void SharedSwarms::write_metrics(metrics::ExpositionWriter& out) const {
  write_swarms(out, maps_);
  memory_watch_.write_metrics(out);
}

}  // namespace gyre::tracker
