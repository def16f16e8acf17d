// Memory of the swarms, whole process included: at rest, while they grow, and after peers are gone.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "common/base/clock.hpp"
#include "swarm_store_cases.hpp"
#include "swarm_store_requester.hpp"
#include "swarm_store_slow.hpp"

namespace gyre::bench {
namespace {

constexpr double mib = 1 << 20;
constexpr Seconds peer_age_s = 3600;

std::string text_of(const LoadSize& size) {
  return fmt::format("{} torrents, {} peers", grouped(size.torrent_count),
                     grouped(size.peer_count));
}

// Memory and time while a map grows by one peer after the other.
class GrowthWatch {
 public:
  // Calls are made whenever the map has grown by another hundredth.
  static constexpr double step = 1.01;
  static constexpr std::size_t steps_compared = 5;

  void sample() {
    peaks_.push_back(static_cast<double>(take_resident_peak()));
    sizes_.push_back(static_cast<double>(resident_size()));
  }
  // Of the most that was resident during a step, to what is resident after 5 % more peers.
  double excess_max() const {
    double most = 0;
    for (std::size_t i = 0; i + steps_compared < sizes_.size(); ++i) {
      most = std::max(most, peaks_[i] / sizes_[i + steps_compared]);
    }
    return most;
  }

 private:
  std::vector<double> peaks_;
  std::vector<double> sizes_;
};

// Announces every peer, asking for 30 others; calls sampled() whenever there are 1 % more.
template <class Address, class Sampled>
SlowSteps fill_watching(Store<Address>& store, Sampled sampled) {
  constexpr std::uint32_t first_sample = 10'000;
  const std::uint32_t peer_count = store.load.size().peer_count;
  std::vector<Request<Address>> batch;
  SlowSteps slow;
  double next_sample = first_sample;
  for (std::uint32_t peer = 0; peer < peer_count;) {
    batch.clear();
    for (; peer < peer_count && batch.size() < batch_size; ++peer) {
      batch.push_back(store.load.request_of(peer, 30));
    }
    const std::uint64_t begin_ns = thread_cpu_ns();
    store.requester.announce_batch(batch, Fetch::as_tracker);
    slow.add(thread_cpu_ns() - begin_ns);
    if (peer < next_sample) continue;
    sampled();
    next_sample = std::max(next_sample, peer / GrowthWatch::step) * GrowthWatch::step;
  }
  return slow;
}

struct Growth {
  std::string name;
  LoadSize size;  // for a scale of 1
  Goal resident_goal;

  LoadSize scaled_by(const CaseContext& context) const {
    return {size.spread == Spread::even ? size.torrent_count : context.scaled(size.torrent_count),
            context.scaled(size.peer_count), size.spread};
  }
  std::string again() const { return name + ", again"; }
};

void measure_growing(CaseContext& context, const Growth& growth) {
  const LoadSize size = growth.scaled_by(context);
  const auto again = SlowSteps::of(context.run_other(growth.again()), growth.name);
  const auto store = std::make_unique<Store<Ipv4Address>>(size);
  const auto base = static_cast<double>(resident_size());
  GrowthWatch watch;
  const SlowSteps slow = fill_watching(*store, [&watch] { watch.sample(); });
  const auto at_once = static_cast<double>(resident_size());
  const double resident = context.resident_at_rest();
  const std::string subject = text_of(size);
  context.add(subject, "resident memory of the process", resident / mib, "MiB",
              growth.resident_goal);
  context.add(subject, "the same before the allocator gave back", at_once / mib, "MiB");
  context.add(subject, "growth of that for each peer", (resident - base) / size.peer_count,
              "bytes");
  context.add(subject, "most while growing, to that at 5 % more peers", watch.excess_max(), "times",
              at_most(1.3));
  context.add(subject, "longest 32 announces while growing, lesser of two runs",
              slow.lesser_of(again).longest_ms(), "ms", at_most(2));
  context.add(subject, "longest of one run, with what the machine did meanwhile", slow.longest_ms(),
              "ms");
}

void measure_growing_again(CaseContext& context, const Growth& growth) {
  const auto store = std::make_unique<Store<Ipv4Address>>(growth.scaled_by(context));
  fill_watching(*store, [] {}).add_rows(context, growth.name);
}

// Many swarms of one size, all growing together; then what a peer takes in the worst moment until
// they are a quarter larger.
template <class Address>
void measure_swarms(CaseContext& context, std::uint32_t swarm_size, double bytes_per_peer_max) {
  const std::uint32_t swarm_count = std::max(1U, context.scaled(4'000'000) / swarm_size);
  const std::uint32_t peer_count = swarm_count * swarm_size;
  const auto store = std::make_unique<Store<Address>>(
      LoadSize{swarm_count, peer_count + peer_count / 4, Spread::even});
  const auto base = static_cast<double>(resident_size());
  const auto grow = [&](std::uint32_t from, std::uint32_t to) {
    store->requester.announce(to - from, Fetch::as_tracker, [&](std::uint64_t i) {
      return store->load.request_of(from + static_cast<std::uint32_t>(i), 0);
    });
    return (static_cast<double>(resident_size()) - base) / to;
  };
  const double at_once = grow(0, peer_count);
  const double bytes_per_peer = (context.resident_at_rest() - base) / peer_count;
  constexpr std::uint32_t step_count = 32;
  double most = at_once;
  for (std::uint32_t step = 0; step < step_count; ++step) {
    const auto at = [&](std::uint32_t steps) {
      return peer_count +
             static_cast<std::uint32_t>(std::uint64_t{peer_count} / 4 * steps / step_count);
    };
    most = std::max(most, grow(at(step), at(step + 1)));
  }
  const std::string subject =
      fmt::format("{} swarms of {} {} peers", grouped(swarm_count), grouped(swarm_size),
                  family_of<Address> == Family::ipv4 ? "IPv4" : "IPv6");
  context.add(subject, "memory for each peer", bytes_per_peer, "bytes",
              at_most(bytes_per_peer_max));
  context.add(subject, "most while growing fast to a quarter more", most, "bytes");
}

// One in four, by chance.
bool stays(std::uint32_t peer) {
  return Random(peer * std::uint64_t{77}).below(4) == 0;
}

void announce_those_that_stay(Store<Ipv4Address>& store) {
  std::uint32_t next = 0;
  std::uint32_t count = 0;
  for (std::uint32_t peer = 0; peer < store.load.size().peer_count; ++peer) count += stays(peer);
  store.requester.announce(count, Fetch::as_tracker, [&](std::uint64_t) {
    while (!stays(next)) ++next;
    return store.load.request_of(next++, 0);
  });
}

void clean(Store<Ipv4Address>& store, Seconds now) {
  const swarm::AccessList off;
  swarm::CleaningPosition position;
  while (store.map.clean_slice(position, now, peer_age_s, off)) continue;
}

constexpr const char* quarter_case = "memory of a quarter";

LoadSize million(const CaseContext& context) {
  return {context.scaled(1'000'000), context.scaled(2'000'000)};
}

void measure_quarter(CaseContext& context) {
  const auto store = std::make_unique<Store<Ipv4Address>>(million(context));
  announce_those_that_stay(*store);
  context.add(text_of(million(context)), "a quarter of the peers", context.resident_at_rest() / mib,
              "MiB");
}

void measure_return(CaseContext& context) {
  const LoadSize size = million(context);
  const auto quarter = context.run_other(quarter_case);
  const auto store = std::make_unique<Store<Ipv4Address>>(size);
  const auto before = static_cast<double>(resident_size());
  store->fill();
  const std::string subject = text_of(size);
  context.add(subject, "resident with all peers", static_cast<double>(resident_size()) / mib,
              "MiB");
  store->requester.now = peer_age_s - 100;
  announce_those_that_stay(*store);
  clean(*store, peer_age_s + 100);
  const double rest = context.resident_at_rest();
  context.add(subject, "resident after three quarters expired", rest / mib, "MiB");
  if (!quarter.empty()) {
    context.add(subject, "to a process that never had more", rest / mib / quarter[0].value, "times",
                at_most(1.2));
  }
  clean(*store, 3 * peer_age_s);
  const double after = context.resident_at_rest();
  context.add(subject, "resident after all expired", after / mib, "MiB");
  context.add(subject, "to before they came", after / before, "times", at_most(1.2));
}

void add_growth(std::vector<Case>& cases, const Growth& growth) {
  cases.push_back({"memory", growth.name,
                   [growth](CaseContext& context) { measure_growing(context, growth); }});
  cases.push_back({"memory", growth.again(),
                   [growth](CaseContext& context) { measure_growing_again(context, growth); },
                   true});
}

}  // namespace

std::vector<Case> memory_cases() {
  const std::string section = "memory";
  std::vector<Case> cases;
  add_growth(cases, {"memory of 2 million peers", {1'000'000, 2'000'000}, at_most(64)});
  add_growth(cases, {"memory of one swarm", {1, 4'000'000, Spread::even}, {}});
  cases.push_back({section, "memory given back", measure_return});
  cases.push_back({section, quarter_case, measure_quarter, true});
  for (const std::uint32_t size : {1000, 2000, 5000, 10'000, 100'000, 1'000'000}) {
    cases.push_back(
        {section, fmt::format("memory of IPv4 swarms of {}", size), [size](CaseContext& context) {
           measure_swarms<Ipv4Address>(context, context.scaled(size), 12);
         }});
    cases.push_back(
        {section, fmt::format("memory of IPv6 swarms of {}", size), [size](CaseContext& context) {
           measure_swarms<Ipv6Address>(context, context.scaled(size), 30);
         }});
  }
  add_growth(cases,
             {"memory of 100 million peers", {30'000'000, 100'000'000}, at_most(3.2 * 1024)});
  return cases;
}

}  // namespace gyre::bench
