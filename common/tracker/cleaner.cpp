#include "common/tracker/cleaner.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "common/base/check.hpp"
#include "common/process/workers.hpp"

namespace gyre::tracker {
namespace {

constexpr auto pause_threshold = std::chrono::microseconds(5);
// Long enough to let in those who wait for the lock.
constexpr auto shortest_pause = std::chrono::microseconds(50);

}  // namespace

void Cleaner::run(const std::stop_token& stop) {
  process::disable_thread_cache();
  while (wait(stop)) {
    swarms_.visit_maps([&](auto& map) { clean(map, stop); });
    huge_pages_.collapse(stop);
  }
}

void Cleaner::clean_soon() {
  const std::scoped_lock lock(mutex_);
  soon_ = true;
  changed_.notify_one();
}

// Sleeps until the next round; false: it is time to stop.
bool Cleaner::wait(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, std::chrono::seconds(options_.interval_s),
                    [this] { return soon_; });
  soon_ = false;
  return !stop.stop_requested();
}

Seconds Cleaner::peer_age() const {
  return announce_interval_.peer_age_s(options_.max_peer_age_s, swarms_.budget.is_scarce());
}

// Pauses between slices, so that workers lose little CPU time and wait little for locks; only
// briefly if the round would otherwise take too long.
template <class Address>
void Cleaner::clean(swarm::SwarmMap<Address>& map, const std::stop_token& stop) {
  using namespace std::chrono;
  swarm::CleaningPosition position;
  const auto begin = steady_clock::now();
  for (bool more = true; more && !stop.stop_requested();) {
    const auto slice_begin = steady_clock::now();
    const Seconds now = clock_.seconds_at(monotonic_ns());
    // The current list: one that was replaced meanwhile may forbid torrents that were just stored.
    const auto access_list = access_list_.get();
    more = map.clean_slice(position, now, peer_age(), *access_list);
    const auto slice_end = steady_clock::now();
    DCHECK(slice_end >= slice_begin && slice_begin >= begin);
    const bool in_time = slice_end - begin < seconds(options_.interval_s) / 4;
    const auto slice_time = slice_end - slice_begin;
    if (slice_time <= pause_threshold) continue;
    std::this_thread::sleep_for(in_time ? 4 * slice_time : shortest_pause);
  }
}

}  // namespace gyre::tracker
