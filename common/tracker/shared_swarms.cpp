#include "common/tracker/shared_swarms.hpp"

#include "common/process/host.hpp"
#include "common/tracker/swarm_options.hpp"

namespace gyre::tracker {

SharedSwarms::SharedSwarms(const config::LimitsConfig& limits,
                           const config::CleaningConfig& cleaning, bool with_ipv6,
                           std::uint64_t other_memory, Core& core)
    : maps_(core.hash_secret(),
            swarm_options(limits,
                          torrents_that_fit(process::usable_memory(), other_memory,
                                            with_ipv6 ? ipv6_torrent_size : ipv4_torrent_size))),
      core_(core),
      cleaner_(cleaning.torrent_cleaning_interval, cleaning.max_peer_age, maps_, core.clock(),
               core.access_list()) {
  log_budget(maps_.budget.limits());
}

Result SharedSwarms::start_cleaner() {
  return core_.start_thread("cleaner", [this](const std::stop_token& stop) -> Result {
    cleaner_.run(stop);
    return {};
  });
}

Result SharedSwarms::load_access_list() {
  auto loaded = core_.load_access_list();
  const bool has_torrents = maps_.budget.torrent_count() > 0;  // false at the start
  if (loaded && has_torrents) cleaner_.clean_soon();
  return loaded;
}

}  // namespace gyre::tracker
