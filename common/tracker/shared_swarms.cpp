#include "common/tracker/shared_swarms.hpp"

#include "common/tracker/metrics_text.hpp"
#include "common/tracker/swarm_options.hpp"

namespace gyre::tracker {

SharedSwarms::SharedSwarms(const config::LimitsConfig& limits,
                           const config::CleaningConfig& cleaning,
                           const config::PeerAddressConfig& peer_addresses,
                           Seconds announce_interval_s, Seconds announce_jitter_s,
                           std::uint32_t adaptive_interval, Core& core)
    : maps_(core.hash_secret(),
            swarm_options(limits, peer_addresses, memory_limit(limits.max_memory),
                          announce_interval_s)),
      core_(core),
      announce_interval_(announce_interval_s, announce_jitter_s, adaptive_interval),
      cleaner_({.interval_s = cleaning.torrent_cleaning_interval,
                .max_peer_age_s = cleaning.max_peer_age},
               maps_, core.clock(), core.access_list(), announce_interval_),
      memory_watch_(limits.max_memory, maps_.budget) {}

Result SharedSwarms::start() {
  auto started = core_.start_thread("cleaner", [this](const std::stop_token& stop) -> Result {
    cleaner_.run(stop);
    return {};
  });
  if (started) started = announce_interval_.start(core_);
  return started ? memory_watch_.start(core_) : started;
}

Result SharedSwarms::load_lists() {
  auto loaded = core_.load_lists();
  const bool has_torrents = maps_.budget.torrent_count() > 0;  // false at the start
  if (loaded && has_torrents) cleaner_.clean_soon();
  return loaded;
}

void SharedSwarms::write_metrics(metrics::ExpositionWriter& out) const {
  write_swarms(out, maps_);
  memory_watch_.write_metrics(out);
  announce_interval_.write_metrics(out);
}

}  // namespace gyre::tracker
