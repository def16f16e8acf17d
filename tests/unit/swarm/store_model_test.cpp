// Random announces to the maps of both families under every limit, with cleaning slices in between
// and time passing, each compared with plain containers.
#include "store_model.hpp"

#include <array>

#include "common/swarm/swarm_maps.hpp"
#include "tests/support/scale.hpp"
#include "torrents.hpp"

namespace gyre::swarm {
namespace {

using test::FamilyModel;
using test::TorrentModel;

constexpr Seconds max_age_s = 300;
constexpr std::uint32_t torrent_count = 80;
constexpr std::uint32_t population_max = 330;

std::uint32_t population_of(std::uint32_t torrent) {
  if (torrent % 20 == 0) return population_max;
  return torrent % 10 == 5 ? 60 : 1 + torrent % 12;
}

template <class Address>
class FamilyRun {
 public:
  FamilyRun(const SwarmMapsOptions& limits, Budget& budget, Random& random)
      : limits_(limits), budget_(budget), random_(random), map_({7, 9}, limits.swarm, budget, 4) {}

  const FamilyModel& model() const { return model_; }
  std::uint64_t peer_count() const { return peer_count_; }
  std::uint64_t times(Admission admission) const {
    return times_[static_cast<std::size_t>(admission)];
  }
  void choose_stop_share() { stop_share_ = random_.below(3) * 35; }

  // `peers_elsewhere` are those of the other family.
  void announce(Seconds now, std::uint64_t peers_elsewhere) {
    const std::uint32_t torrent = random_torrent();
    const std::uint32_t population = population_of(torrent);
    const std::uint32_t number = random_.below(population + 1);
    auto announce = test::random_announce<Address>(random_, number, population, stop_share_);
    announce.may_replace = random_.below(4) > 0;
    const std::uint64_t torrents_before = budget_.torrent_count();
    const auto outcome = test::announce(map_, test::torrent(torrent), announce, now, random_, out_);
    ++times_[static_cast<std::size_t>(outcome.admission)];
    find_out_whether_gone(torrent, outcome, budget_.torrent_count() > torrents_before);
    const bool is_known = model_.contains(torrent);
    TorrentModel& model = model_[torrent];
    const bool wants_in = !announce.stopped && announce.store;
    if (!is_known && wants_in && torrents_before >= limits_.budget.torrents) {
      ASSERT_EQ(outcome.admission, Admission::refused_torrent);
    } else {
      ASSERT_EQ(outcome.admission, expected_admission(model, number, announce, peers_elsewhere));
    }
    check_answer(model, number, announce, outcome.compact_peer_count);
    follow(model, torrent, number, announce, outcome.admission, now);
    test::expect_equal(outcome.counts, model.counts());
    const bool goes = !is_known && model.size() == 0;
    if (goes) model_.erase(torrent);
    if (!goes) test::expect_equal(map_.scrape(test::torrent(torrent)), model.counts());
  }

  void clean_a_slice(Seconds now) {
    if (!map_.clean_slice(position_, now, max_age_s, off_)) position_ = {};
    for (auto& [number, model] : model_) {
      const auto removed = model.without(everyone(number, now));
      peer_count_ -= removed.size();
      for (const std::uint32_t peer : removed) {
        ASSERT_TRUE(model.at(peer).expired(now, max_age_s)) << peer << " of " << number;
        model.remove(peer);
      }
      if (model.size() == 0) model.perhaps_gone = true;
    }
    std::erase_if(model_, [this](const auto& entry) {
      const auto& [number, model] = entry;
      return model.perhaps_gone && model.completed_count() > 0 &&
             map_.scrape(test::torrent(number)).completed_count == 0;
    });
  }

  void clean_all(Seconds now) {
    CleaningPosition position;
    while (map_.clean_slice(position, now, max_age_s, off_)) continue;
    position_ = {};
    peer_count_ = 0;
    for (auto& [number, model] : model_) {
      model.expire(now, max_age_s);
      peer_count_ += model.size();
    }
    std::erase_if(model_, [](const auto& entry) { return entry.second.size() == 0; });
    for (std::uint32_t number = 0; number < torrent_count; ++number) {
      const SwarmCounts expected =
          model_.contains(number) ? model_[number].counts() : SwarmCounts{};
      test::expect_equal(map_.scrape(test::torrent(number)), expected);
    }
  }

  void check_totals() const {
    map_.check_invariants();
    ASSERT_EQ(map_.totals().peer_count, peer_count_);
    ASSERT_EQ(peers_in(model_), peer_count_);
    std::uint64_t seeder_count = 0;
    for (const auto& [number, model] : model_) seeder_count += model.counts().seeder_count;
    ASSERT_EQ(map_.totals().seeder_count, seeder_count);
  }
  std::uint64_t torrents_in_map() const { return map_.totals().torrent_count; }

 private:
  static constexpr std::size_t peer_size = compact_peer_size(family_of<Address>);

  // Every other announce is to one of the few large torrents.
  std::uint32_t random_torrent() {
    return random_.below(2) == 0 ? 20 * random_.below(torrent_count / 20)
                                 : random_.below(torrent_count);
  }

  // An announce tells whether a torrent is there that perhaps is not, unless it asks for nothing.
  void find_out_whether_gone(std::uint32_t torrent, const AnnounceOutcome& outcome, bool has_come) {
    const auto known = model_.find(torrent);
    if (known == model_.end() || !known->second.perhaps_gone) return;
    if (has_come || outcome.admission == Admission::refused_torrent) {
      model_.erase(known);
    } else if (outcome.admission == Admission::admitted) {
      known->second.perhaps_gone = false;
    } else if (known->second.completed_count() > 0 && outcome.counts.completed_count == 0) {
      model_.erase(known);
    }
  }

  Admission expected_admission(const TorrentModel& model, std::uint32_t number,
                               const Announce<Address>& announce,
                               std::uint64_t peers_elsewhere) const {
    if (announce.stopped || !announce.store || model.has(number)) return Admission::not_asked;
    const std::uint32_t of_address = model.of_subscriber(number);
    if (of_address > 0 && of_address >= limits_.swarm.peers_per_address &&
        limits_.swarm.peers_per_address > 0) {
      return Admission::replaced_address;
    }
    if (model.size() >= limits_.swarm.peers_per_swarm) return Admission::replaced_oldest;
    const std::uint64_t reserve = model.size() < Budget::few_peers ? 0 : limits_.budget.peers / 20;
    if (peer_count_ + peers_elsewhere < limits_.budget.peers - reserve) return Admission::admitted;
    return announce.may_replace && model.size() > 0 ? Admission::replaced_oldest
                                                    : Admission::refused_peer;
  }

  void check_answer(const TorrentModel& model, std::uint32_t number,
                    const Announce<Address>& announce, std::uint32_t told_count) {
    ASSERT_EQ(told_count, model.answer_count(number, announce));
    ++answer_;
    for (std::uint32_t i = 0; i < told_count; ++i) {
      const std::uint32_t told = test::number_of<Address>(&out_[i * peer_size]);
      ASSERT_TRUE(model.has(told)) << told;
      ASSERT_NE(told, number);
      ASSERT_NE(std::exchange(told_in_[told], answer_), answer_) << "told twice";
      ASSERT_TRUE(announce.kind == PeerKind::leecher || model.at(told).kind == PeerKind::leecher);
    }
  }

  // Does to the model what the announce has done to the store.
  void follow(TorrentModel& model, std::uint32_t torrent, std::uint32_t number,
              const Announce<Address>& announce, Admission admission, Seconds now) {
    if (announce.stopped) {
      peer_count_ -= model.has(number) ? 1 : 0;
      return model.remove(number);
    }
    if (admission == Admission::replaced_address || admission == Admission::replaced_oldest) {
      evict(model, torrent, number, admission, now);
    } else if (admission == Admission::admitted) {
      ++peer_count_;
    } else if (!model.has(number)) {
      return;
    }
    model.store(number, announce, now);
  }

  void evict(TorrentModel& model, std::uint32_t torrent, std::uint32_t number, Admission admission,
             Seconds now) {
    const auto left = everyone(torrent, now);
    ASSERT_TRUE(left.contains(number));
    const auto gone = model.without(left);
    ASSERT_EQ(gone.size(), 1U);
    if (admission == Admission::replaced_address) {
      ASSERT_EQ(gone[0] / test::peers_per_subscriber, number / test::peers_per_subscriber);
      ASSERT_TRUE(model.is_oldest_of_subscriber(gone[0], now));
    } else {
      // Who has a share already takes the place of a neighbour.
      const bool is_neighbour = same_network(test::peer_of<Address>(gone[0]).address,
                                             test::peer_of<Address>(number).address);
      if (!is_neighbour) {
        ASSERT_LE(model.older_than(gone[0], now), model.size() - std::min(model.size(), 64U));
      }
    }
    model.remove(gone[0]);
  }

  std::unordered_set<std::uint32_t> everyone(std::uint32_t torrent, Seconds now) {
    const Announce<Address> stranger{.peer = test::peer_of<Address>(population_max),
                                     .store = false,
                                     .peers_wanted = population_max};
    const auto outcome = test::announce(map_, test::torrent(torrent), stranger, now, random_, out_);
    std::unordered_set<std::uint32_t> numbers;
    for (std::uint32_t i = 0; i < outcome.compact_peer_count; ++i) {
      numbers.insert(test::number_of<Address>(&out_[i * peer_size]));
    }
    return numbers;
  }

  SwarmMapsOptions limits_;
  Budget& budget_;
  Random& random_;
  SwarmMap<Address> map_;
  AccessList off_;
  CleaningPosition position_;
  FamilyModel model_;
  std::uint64_t peer_count_ = 0;
  std::array<std::uint64_t, 6> times_{};  // by Admission
  std::vector<std::byte> out_ = std::vector<std::byte>(population_max * peer_size);
  std::vector<std::uint32_t> told_in_ = std::vector<std::uint32_t>(population_max + 1);
  std::uint32_t answer_ = 0;
  std::uint32_t stop_share_ = 0;
};

class Run {
 public:
  Run(const SwarmMapsOptions& limits, std::uint64_t seed)
      : limits_(limits), random_(seed), budget_(limits.budget) {}

  void operate(std::size_t operation_count) {
    for (std::size_t i = 0; i < operation_count && !testing::Test::HasFatalFailure(); ++i) {
      if (random_.below(3'000) == 0) now_ += random_.below(max_age_s / 2);
      if (random_.below(20'000) == 0) {
        ipv4_.choose_stop_share();
        ipv6_.choose_stop_share();
      }
      if (random_.below(2'000) == 0) clean_a_slice();
      if (random_.below(50'000) == 0) clean_all();
      if (random_.below(2) == 0) {
        ipv4_.announce(now_, ipv6_.peer_count());
      } else {
        ipv6_.announce(now_, ipv4_.peer_count());
      }
      check_budget();
    }
    clean_all();
  }
  std::uint64_t times(Admission admission) const {
    return ipv4_.times(admission) + ipv6_.times(admission);
  }

 private:
  void clean_a_slice() {
    random_.below(2) == 0 ? ipv4_.clean_a_slice(now_) : ipv6_.clean_a_slice(now_);
    check_totals();
  }
  void clean_all() {
    ipv4_.clean_all(now_);
    ipv6_.clean_all(now_);
    check_totals();
    EXPECT_EQ(budget_.torrent_count(), ipv4_.model().size() + ipv6_.model().size());
  }

  void check_totals() {
    ipv4_.check_totals();
    ipv6_.check_totals();
    std::uint64_t certain = 0;
    for (const FamilyModel* family : {&ipv4_.model(), &ipv6_.model()}) {
      for (const auto& [number, torrent] : *family) certain += torrent.perhaps_gone ? 0 : 1;
    }
    EXPECT_LE(certain, budget_.torrent_count());
    EXPECT_GE(ipv4_.model().size() + ipv6_.model().size(), budget_.torrent_count());
    EXPECT_EQ(ipv4_.torrents_in_map() + ipv6_.torrents_in_map(), budget_.torrent_count());
  }
  void check_budget() {
    ASSERT_EQ(budget_.peer_count(), ipv4_.peer_count() + ipv6_.peer_count());
    ASSERT_LE(budget_.peer_count(), limits_.budget.peers);
    ASSERT_LE(budget_.torrent_count(), limits_.budget.torrents);
  }

  SwarmMapsOptions limits_;
  Random random_;
  Budget budget_;
  FamilyRun<Ipv4Address> ipv4_{limits_, budget_, random_};
  FamilyRun<Ipv6Address> ipv6_{limits_, budget_, random_};
  Seconds now_ = 1000;
};

// Each of `expected` is the fate of many announces.
void run(const SwarmMapsOptions& limits, std::initializer_list<Admission> expected) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    SCOPED_TRACE(seed);
    const auto operation_count = std::max<std::size_t>(50'000, gyre::test::scaled(400'000));
    Run run(limits, seed);
    run.operate(operation_count);
    if (testing::Test::HasFailure()) return;
    for (const Admission admission : expected) {
      EXPECT_GT(run.times(admission), operation_count / 1'000) << static_cast<int>(admission);
    }
  }
}

TEST(StoreModel, WithoutLimits) {
  run({}, {Admission::admitted});
}

TEST(StoreModel, SwarmsAndAddressesAreFull) {
  run({.swarm = {.peers_per_swarm = 20, .peers_per_address = 1}},
      {Admission::admitted, Admission::replaced_oldest, Admission::replaced_address});
  run({.swarm = {.peers_per_swarm = 80, .peers_per_address = 1}},
      {Admission::admitted, Admission::replaced_oldest, Admission::replaced_address});
}

TEST(StoreModel, TheTrackerIsFullOfPeers) {
  run({.budget = {.peers = 600}},
      {Admission::admitted, Admission::replaced_oldest, Admission::refused_peer});
}

TEST(StoreModel, TheTrackerIsFullOfTorrents) {
  run({.budget = {.torrents = 50}}, {Admission::admitted, Admission::refused_torrent});
}

TEST(StoreModel, EverythingIsFull) {
  run({.budget = {.peers = 400, .torrents = 50},
       .swarm = {.peers_per_swarm = 40, .peers_per_address = 1}},
      {Admission::admitted, Admission::replaced_oldest, Admission::replaced_address,
       Admission::refused_peer, Admission::refused_torrent});
}

}  // namespace
}  // namespace gyre::swarm
