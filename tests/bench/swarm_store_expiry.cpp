// How long it takes to forget, and what that costs those who announce meanwhile.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include "common/base/clock.hpp"
#include "swarm_store_cases.hpp"
#include "swarm_store_requester.hpp"
#include "swarm_store_slow.hpp"

namespace gyre::bench {
namespace {

constexpr Seconds peer_age_s = 3600;
constexpr double interval_s = 120;  // of cleanings: the tracker's default
constexpr double mib = 1 << 20;

struct Cleaning {
  std::uint64_t wall_ns = 0;
  SlowSteps slices = {};
};

template <class AfterSlice>
Cleaning clean(swarm::SwarmMap<Ipv4Address>& map, Seconds now, AfterSlice after_slice) {
  const swarm::AccessList off;
  swarm::CleaningPosition position;
  Cleaning cleaning;
  const std::uint64_t begin_ns = monotonic_ns();
  for (bool more = true; more;) {
    const std::uint64_t slice_begin_ns = thread_cpu_ns();
    more = map.clean_slice(position, now, peer_age_s, off);
    const std::uint64_t slice_ns = thread_cpu_ns() - slice_begin_ns;
    cleaning.slices.add(slice_ns);
    if (!after_slice(slice_ns)) break;
  }
  cleaning.wall_ns = monotonic_ns() - begin_ns;
  return cleaning;
}

Cleaning clean(Store<Ipv4Address>& store, Seconds now) {
  return clean(store.map, now, [](std::uint64_t) { return true; });
}

// Cleans over and over until stopped, without a pause but to yield, or so slowly that one cleaning
// takes an interval. Nothing expires, as when all peers announce in time.
class CleaningThread {
 public:
  CleaningThread(swarm::SwarmMap<Ipv4Address>& map, double pause_per_ns)
      : thread_([&map, pause_per_ns](const std::stop_token& stop) {
          stay_on_cpu(1);
          while (!stop.stop_requested()) {
            clean(map, 0, [&](std::uint64_t slice_ns) {
              const auto pause_ns = static_cast<double>(slice_ns) * pause_per_ns;
              if (pause_ns == 0) {
                std::this_thread::yield();
              } else {
                std::this_thread::sleep_for(
                    std::chrono::nanoseconds(static_cast<std::int64_t>(pause_ns)));
              }
              return !stop.stop_requested();
            });
          }
        }) {}

 private:
  std::jthread thread_;
};

double announce_rate(std::uint32_t count, Store<Ipv4Address>& store, Random& random) {
  const auto taken_ns = store.requester.announce(count, Fetch::as_tracker, [&](std::uint64_t) {
    return store.load.request_of(random.below(store.load.size().peer_count), 30);
  });
  return 1e9 * count / static_cast<double>(taken_ns);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// In a thread of its own, which stays on a CPU.
void measure_loss(CaseContext& context, Store<Ipv4Address>& store, const std::string& subject,
                  const Cleaning& idle_cleaning) {
  const double pause_per_ns = interval_s * 1e9 / static_cast<double>(idle_cleaning.wall_ns) - 1;
  std::vector<double> unpaced_losses;
  std::vector<double> paced_losses;
  std::jthread([&] {
    stay_on_cpu(0);
    Random random(3);
    const MachineLock lock(context.lock_path);
    for (unsigned round = 0; round < context.rounds; ++round) {
      const double alone = announce_rate(2 * context.announces, store, random);
      const auto loss_with = [&](double pause) {
        const CleaningThread cleaner(store.map, pause);
        return 100 * (1 - announce_rate(2 * context.announces, store, random) / alone);
      };
      unpaced_losses.push_back(loss_with(0));
      paced_losses.push_back(loss_with(pause_per_ns));
    }
  }).join();
  const double share = static_cast<double>(idle_cleaning.wall_ns) / (interval_s * 1e9);
  context.add(subject, "announces lost while a cleaning runs unpaced", median(unpaced_losses), "%");
  context.add(subject, "share of an interval of 120 s that it runs", 100 * share, "%");
  context.add(subject, "announces lost with a cleaning paced over 120 s", median(paced_losses), "%",
              at_most(10));
}

void announce_every_other(Store<Ipv4Address>& store) {
  store.requester.announce(
      store.load.size().peer_count / 2, Fetch::as_tracker,
      [&](std::uint64_t i) { return store.load.request_of(static_cast<std::uint32_t>(2 * i), 0); });
}

struct Expiry {
  std::string name;
  LoadSize size;  // for a scale of 1

  std::string again() const { return name + ", again"; }
  LoadSize scaled_by(const CaseContext& context) const {
    return {context.scaled(size.torrent_count), context.scaled(size.peer_count)};
  }
};

// Cleans when none, half and all of the peers have expired. Calls cleaned(what, cleaning) after
// each.
template <class Cleaned>
void clean_by_and_by(const CaseContext& context, Store<Ipv4Address>& store, Cleaned cleaned) {
  const auto clean_alone = [&](Seconds now) {
    const MachineLock lock(context.lock_path);
    return clean(store, now);
  };
  store.fill();
  cleaned("none expired", clean_alone(100));
  store.requester.now = peer_age_s - 100;
  announce_every_other(store);
  cleaned("half expired", clean_alone(peer_age_s + 100));
  cleaned("all expired", clean_alone(3 * peer_age_s));
}

void measure_expiry(CaseContext& context, const Expiry& expiry) {
  const auto again = context.run_other(expiry.again());
  const LoadSize size = expiry.scaled_by(context);
  const auto store = std::make_unique<Store<Ipv4Address>>(size);
  const std::string subject =
      fmt::format("{} torrents, {} peers", grouped(size.torrent_count), grouped(size.peer_count));
  clean_by_and_by(context, *store, [&](const char* what, const Cleaning& cleaning) {
    const auto lesser = cleaning.slices.lesser_of(SlowSteps::of(again, what));
    context.add(subject, fmt::format("cleaning, {}", what),
                static_cast<double>(cleaning.wall_ns) / 1e6, "ms");
    context.add(subject, fmt::format("longest slice, {}, lesser of two runs", what),
                lesser.longest_ms(), "ms", at_most(1));
    context.add(subject, fmt::format("longest slice, {}, of one run", what),
                cleaning.slices.longest_ms(), "ms");
    context.add(subject, fmt::format("resident right after it, {}", what),
                static_cast<double>(resident_size()) / mib, "MiB");
    if (store->requester.now == 0) measure_loss(context, *store, subject, cleaning);
  });
}

void measure_expiry_again(CaseContext& context, const Expiry& expiry) {
  const auto store = std::make_unique<Store<Ipv4Address>>(expiry.scaled_by(context));
  clean_by_and_by(context, *store, [&](const char* what, const Cleaning& cleaning) {
    cleaning.slices.add_rows(context, what);
  });
}

}  // namespace

std::vector<Case> expiry_cases() {
  std::vector<Case> cases;
  for (const auto& size : {LoadSize{1'000'000, 2'000'000}, LoadSize{30'000'000, 100'000'000}}) {
    const Expiry expiry{fmt::format("expiry of {} peers", size.peer_count), size};
    cases.push_back({"expiry", expiry.name,
                     [expiry](CaseContext& context) { measure_expiry(context, expiry); }});
    cases.push_back({"expiry", expiry.again(),
                     [expiry](CaseContext& context) { measure_expiry_again(context, expiry); },
                     true});
  }
  return cases;
}

}  // namespace gyre::bench
