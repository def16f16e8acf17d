#include "udp/cleaner.hpp"

#include <chrono>
#include <thread>
#include <utility>

namespace gyre::udp {

void Cleaner::run(const std::stop_token& stop) {
  while (wait(stop)) {
    const auto access_list = access_list_.get();
    clean<Ipv4Address>(stop, *access_list);
    clean<Ipv6Address>(stop, *access_list);
  }
}

void Cleaner::clean_soon() {
  const std::scoped_lock lock(mutex_);
  soon_ = true;
  changed_.notify_one();
}

// Returns false when it is time to stop.
bool Cleaner::wait(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, std::chrono::seconds(options_.interval_s),
                    [this] { return soon_; });
  soon_ = false;
  return !stop.stop_requested();
}

template <class Address>
void Cleaner::clean(const std::stop_token& stop, const swarm::AccessList& access_list) {
  swarm::CleaningPosition position;
  const auto slice = [&] {
    const Seconds now = clock_.seconds_at(monotonic_ns());
    return swarms_.of<Address>().clean_slice(position, now, options_.max_peer_age_s, access_list);
  };
  while (!stop.stop_requested() && slice()) std::this_thread::yield();
}

}  // namespace gyre::udp
