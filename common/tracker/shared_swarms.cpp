#include "common/tracker/shared_swarms.hpp"

#include "common/process/host.hpp"
#include "common/tracker/swarm_options.hpp"

namespace gyre::tracker {
namespace {

swarm::SwarmMapsOptions maps_options(const SharedSwarmsOptions& options) {
  return swarm_options(options.limits,
                       {.memory = process::usable_memory(),
                        .other_memory = options.other_memory,
                        .torrent_size = options.with_ipv6 ? ipv6_torrent_size : ipv4_torrent_size});
}

}  // namespace

SharedSwarms::SharedSwarms(const SharedSwarmsOptions& options, Core& core)
    : maps_(core.hash_secret(), maps_options(options)),
      core_(core),
      cleaner_(options.cleaning_interval_s, options.max_peer_age_s, maps_, core.clock(),
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
