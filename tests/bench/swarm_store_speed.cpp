// Announces per second on the swarms, network and codec left out; and what each takes as they grow.
#include <fmt/format.h>

#include <algorithm>
#include <barrier>
#include <memory>
#include <thread>

#include "swarm_store_cases.hpp"
#include "swarm_store_requester.hpp"

namespace gyre::bench {
namespace {

constexpr std::uint32_t peers_wanted = 30;
constexpr std::uint32_t cache_announces = 200'000;

using Ipv4Store = Store<Ipv4Address>;

std::unique_ptr<Ipv4Store> filled(const LoadSize& size) {
  auto store = std::make_unique<Ipv4Store>(size);
  store->fill();
  return store;
}

std::string text_of(const LoadSize& size) {
  return fmt::format("{} torrents, {} peers", grouped(size.torrent_count),
                     grouped(size.peer_count));
}

struct Rounds {
  std::vector<double> ns;  // for each announce

  double best() const { return *std::ranges::min_element(ns); }
  double median() {
    std::ranges::nth_element(ns, ns.begin() + static_cast<std::ptrdiff_t>(ns.size() / 2));
    return ns[ns.size() / 2];
  }
};

struct Way {
  const char* name;
  Fetch fetch;
  bool kinds_change = false;  // every announce draws anew whether it is a seeder's
};

// A peer at random each time, so that nothing is near because it was used lately.
double announce_some(const Load<Ipv4Address>& load, Requester<Ipv4Address>& requester,
                     Random& random, const Way& way, std::uint32_t count) {
  const auto taken_ns = requester.announce(count, way.fetch, [&](std::uint64_t) {
    const std::uint32_t peer = random.below(load.size().peer_count);
    return load.request_of(peer, peers_wanted, way.kinds_change ? random.next() : 0);
  });
  return static_cast<double>(taken_ns) / count;
}

// All ways take turns, so that what disturbs the machine disturbs them alike.
std::vector<Rounds> measure_ways(const CaseContext& context, Ipv4Store& store,
                                 std::span<const Way> ways) {
  std::vector<Rounds> rounds(ways.size());
  Random random(2);
  const MachineLock lock(context.lock_path);
  for (unsigned round = 0; round < context.rounds; ++round) {
    for (std::size_t i = 0; i < ways.size(); ++i) {
      rounds[i].ns.push_back(
          announce_some(store.load, store.requester, random, ways[i], context.announces));
    }
  }
  return rounds;
}

constexpr Way all_ways[] = {{"one after the other", Fetch::nothing},
                            {"torrents fetched ahead", Fetch::entries},
                            {"torrents and peers fetched ahead", Fetch::peers},
                            {"fetched as the tracker does", Fetch::as_tracker},
                            {"the same, kinds of peers change", Fetch::as_tracker, true}};

void measure_speed(CaseContext& context, const LoadSize& size, double goal) {
  const auto store = filled(size);
  auto rounds = measure_ways(context, *store, all_ways);
  for (std::size_t i = 0; i < std::size(all_ways); ++i) {
    const Way& way = all_ways[i];
    const bool judged = way.fetch == Fetch::as_tracker && !way.kinds_change;
    context.add(text_of(size), way.name, 1e3 / rounds[i].best(), "M/s",
                judged ? at_least(goal) : Goal{});
    context.add(text_of(size), fmt::format("{}, median", way.name), 1e3 / rounds[i].median(),
                "M/s");
  }
}

// Answers of 50 peers from one swarm: to its peers, and to a stranger who is not stored.
void measure_answers(CaseContext& context, std::uint32_t swarm_size) {
  constexpr std::uint32_t wanted = 50;
  const auto store = filled({1, swarm_size, Spread::even});
  Rounds peers;
  Rounds stranger;
  Random random(2);
  const MachineLock lock(context.lock_path);
  for (unsigned round = 0; round < context.rounds; ++round) {
    const auto measure = [&](auto make) {
      const auto told_before = store->requester.told_count();
      const auto taken_ns = store->requester.announce(context.announces, Fetch::as_tracker, make);
      if (store->requester.told_count() - told_before != std::uint64_t{wanted} * context.announces)
        return 1e9;  // not what is to be measured
      return static_cast<double>(taken_ns) / context.announces;
    };
    peers.ns.push_back(measure([&](std::uint64_t) {
      auto request = store->load.request_of(random.below(swarm_size), wanted);
      request.announce.kind = swarm::PeerKind::leecher;
      return request;
    }));
    stranger.ns.push_back(measure([&](std::uint64_t) {
      auto request = store->load.request_of(swarm_size + random.below(1'000'000), wanted);
      request.announce.kind = swarm::PeerKind::leecher;
      request.announce.store = false;
      return request;
    }));
  }
  const std::string subject = fmt::format("a swarm of {} peers", grouped(swarm_size));
  context.add(subject, "50 peers for a leecher of the swarm", peers.best(), "ns", at_most(250));
  context.add(subject, "50 peers for a leecher of the swarm, median", peers.median(), "ns");
  context.add(subject, "50 peers for a stranger", stranger.best(), "ns", at_most(250));
}

// Announces per second of `thread_count` threads at once, each with its own randomness.
double rate_of_threads(const CaseContext& context, Ipv4Store& store, unsigned thread_count) {
  const Way way{"", Fetch::as_tracker};
  std::vector<double> ns(thread_count);
  std::barrier start(static_cast<std::ptrdiff_t>(thread_count));
  std::vector<std::jthread> threads;
  for (unsigned index = 0; index < thread_count; ++index) {
    threads.emplace_back([&, index] {
      stay_on_cpu(index);
      Requester<Ipv4Address> requester(store.map, 10 + index);
      Random random(20 + index);
      start.arrive_and_wait();
      ns[index] = announce_some(store.load, requester, random, way, context.announces);
    });
  }
  threads.clear();
  double rate = 0;
  for (const double each : ns) rate += 1e3 / each;
  return rate;
}

void measure_threads(CaseContext& context, const LoadSize& size, const Goal& goal) {
  const auto store = filled(size);
  std::vector<double> ratios;
  double best_of_two = 0;
  const MachineLock lock(context.lock_path);
  for (unsigned round = 0; round < context.rounds; ++round) {
    const double one = rate_of_threads(context, *store, 1);
    const double two = rate_of_threads(context, *store, 2);
    ratios.push_back(two / one);
    best_of_two = std::max(best_of_two, two);
  }
  std::ranges::sort(ratios);
  context.add(text_of(size), "two threads", best_of_two, "M/s");
  context.add(text_of(size), "two threads to one, best", ratios.back(), "times", goal);
  context.add(text_of(size), "two threads to one, median", ratios[ratios.size() / 2], "times");
}

void measure_size(CaseContext& context, std::uint32_t peer_count) {
  const LoadSize size{peer_count / 2, peer_count};
  auto store = std::make_unique<Ipv4Store>(size);
  const auto base = static_cast<double>(resident_size());
  store->fill();
  const double grown = context.resident_at_rest() - base;
  constexpr Way ways[] = {{"time of an announce", Fetch::as_tracker},
                          {"the same without fetching ahead", Fetch::nothing}};
  auto rounds = measure_ways(context, *store, ways);
  const std::string subject = fmt::format("{} peers", grouped(peer_count));
  for (std::size_t i = 0; i < std::size(ways); ++i) {
    context.add(subject, ways[i].name, rounds[i].best(), "ns");
  }
  context.add(subject, "memory for each peer", grown / peer_count, "bytes");
}

}  // namespace

std::vector<Case> speed_cases() {
  const std::string section = "speed";
  struct Speed {
    LoadSize size;
    double goal;
  };
  std::vector<Case> cases;
  for (const auto& [size, goal] : {Speed{{1000, 2000}, 8}, Speed{{1'000'000, 2'000'000}, 4},
                                   Speed{{30'000'000, 100'000'000}, 2}}) {
    cases.push_back({section, fmt::format("speed at {} peers", size.peer_count),
                     [size = size, goal = goal](CaseContext& context) {
                       measure_speed(
                           context,
                           {context.scaled(size.torrent_count), context.scaled(size.peer_count)},
                           goal);
                     }});
  }
  for (const std::uint32_t size : {60, 1000, 10'000, 100'000, 1'000'000}) {
    cases.push_back(
        {section, fmt::format("answers from a swarm of {}", size), [size](CaseContext& context) {
           measure_answers(context, std::max(60U, context.scaled(size)));
         }});
  }
  for (const std::uint32_t torrents : {1000, 1'000'000}) {
    cases.push_back({section, fmt::format("threads at {} torrents", torrents),
                     [torrents](CaseContext& context) {
                       const std::uint32_t count = context.scaled(torrents);
                       measure_threads(context, {count, 2 * count},
                                       torrents == 1000 ? Goal{} : at_least(1.8));
                     }});
  }
  return cases;
}

std::vector<Case> growth_cases() {
  std::vector<Case> cases;
  for (std::uint32_t decade = 1000; decade <= 100'000'000; decade *= 10) {
    for (const std::uint32_t size : {decade, 5 * decade}) {
      if (size > 100'000'000) break;
      cases.push_back(
          {"growth", fmt::format("growth to {} peers", size),
           [size](CaseContext& context) { measure_size(context, context.scaled(size)); }});
    }
  }
  return cases;
}

// To be run under a simulator of caches: what the first takes is to be subtracted from the others.
std::vector<Case> cache_cases() {
  const auto announces = [](std::uint32_t count, Fetch fetch) {
    return [count, fetch](CaseContext& context) {
      const auto store = filled({context.scaled(100'000), context.scaled(200'000)});
      Random random(2);
      store->requester.announce(count, fetch, [&](std::uint64_t) {
        return store->load.request_of(random.below(store->load.size().peer_count), peers_wanted);
      });
      context.add("under a simulator", "announces", count, "");
    };
  };
  const std::string section = "cache";
  return {{section, "cache: filling", announces(0, Fetch::nothing), true},
          {section, "cache: nothing fetched", announces(cache_announces, Fetch::nothing), true},
          {section, "cache: torrents fetched", announces(cache_announces, Fetch::entries), true},
          {section, "cache: peers fetched", announces(cache_announces, Fetch::peers), true}};
}

}  // namespace gyre::bench
