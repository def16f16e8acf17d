// Random operations on a whole map, with cleaning slices in between, compared with a model for each
// torrent. What a slice in the middle of a cleaning removes is left to it, within bounds: only who
// has expired may go, and after a whole cleaning all of them have.
#include "swarm_model.hpp"
#include "tests/support/scale.hpp"
#include "torrents.hpp"

namespace gyre::swarm {
namespace {

constexpr Seconds max_age_s = 300;

template <class Address>
class Run {
 public:
  static constexpr std::size_t peer_size = test::SwarmModel<Address>::peer_size;

  Run(std::uint64_t seed, std::uint32_t torrent_count, std::size_t shard_count)
      : random_(seed), map_({seed, 7}, {}, budget_, shard_count) {
    for (std::uint32_t i = 0; i < torrent_count; ++i) {
      torrents_.emplace_back(i % 50 == 0 ? 400 : 1 + i % 12);  // few large swarms, many small ones
    }
    known_.resize(torrent_count);
  }

  void operate(std::size_t operation_count) {
    const auto torrent_count = static_cast<std::uint32_t>(torrents_.size());
    for (std::size_t i = 0; i < operation_count && !testing::Test::HasFatalFailure(); ++i) {
      if (i % (10 * torrents_.size()) == 0) stop_share_ = random_.below(3) * 40;
      if (random_.below(torrent_count) == 0) now_ += random_.below(max_age_s / 4);
      if (random_.below(torrent_count) == 0) clean_a_slice();
      if (random_.below(20 * torrent_count) == 0) clean_all();
      announce(random_.below(random_.below(2) == 0 ? torrent_count : 1 + torrent_count / 10));
    }
    clean_all();
  }

 private:
  void announce(std::uint32_t torrent) {
    test::SwarmModel<Address>& model = torrents_[torrent];
    const std::uint32_t number = random_.below(model.population() + 2);
    const auto announce =
        test::random_announce<Address>(random_, number, model.population(), stop_share_);
    const auto outcome =
        test::announce(map_, test::torrent(torrent), announce, now_, random_, out_);
    model.check_answer(number, announce,
                       std::span(out_).first(outcome.compact_peer_count * peer_size));
    model.announce(number, announce, now_);
    known_[torrent] = known_[torrent] || model.size() > 0;
    test::expect_equal(outcome.counts, model.counts());
    test::expect_equal(map_.scrape(test::torrent(torrent)), model.counts());
  }

  void clean_a_slice() {
    if (!map_.clean_slice(position_, now_, max_age_s, off_)) position_ = {};
    for (std::uint32_t torrent = 0; torrent < torrents_.size(); ++torrent) accept_expiry(torrent);
    expect_equal_totals();
  }

  // Takes over into the model what cleaning has removed, if it was allowed to.
  void accept_expiry(std::uint32_t torrent) {
    test::SwarmModel<Address>& model = torrents_[torrent];
    const std::uint32_t stranger = model.population();
    const Announce<Address> everyone{.peer = test::peer_of<Address>(stranger),
                                     .store = false,
                                     .peers_wanted = model.population()};
    const auto outcome =
        test::announce(map_, test::torrent(torrent), everyone, now_, random_, out_);
    std::vector<bool> told(model.population());
    for (std::uint32_t i = 0; i < outcome.compact_peer_count; ++i) {
      told[test::number_of<Address>(&out_[i * peer_size])] = true;
    }
    for (std::uint32_t number = 0; number < model.population(); ++number) {
      if (model.has(number) == told[number]) continue;
      ASSERT_TRUE(model.expired(number, now_, max_age_s)) << number << " of " << torrent;
      model.remove(number);
    }
    if (model.size() == 0 && outcome.counts.completed_count == 0) model.forget_completions();
    test::expect_equal(outcome.counts, model.counts());
  }

  void clean_all() {
    CleaningPosition position;
    while (map_.clean_slice(position, now_, max_age_s, off_)) continue;
    position_ = {};
    for (std::uint32_t torrent = 0; torrent < torrents_.size(); ++torrent) {
      torrents_[torrent].expire(now_, max_age_s);
      if (torrents_[torrent].size() == 0) torrents_[torrent].forget_completions();
      known_[torrent] = torrents_[torrent].size() > 0;
      test::expect_equal(map_.scrape(test::torrent(torrent)), torrents_[torrent].counts());
    }
    expect_equal_totals();
    map_.check_invariants();
    EXPECT_EQ(map_.totals().torrent_count,
              static_cast<std::uint64_t>(std::ranges::count(known_, true)));
  }

  void expect_equal_totals() {
    if (random_.below(4) == 0) map_.check_invariants();
    std::uint64_t peer_count = 0;
    std::uint64_t seeder_count = 0;
    for (const auto& torrent : torrents_) {
      peer_count += torrent.size();
      seeder_count += torrent.counts().seeder_count;
    }
    ASSERT_EQ(map_.totals().peer_count, peer_count);
    ASSERT_EQ(budget_.peer_count(), peer_count);
    ASSERT_EQ(map_.totals().torrent_count, budget_.torrent_count());
    ASSERT_EQ(map_.totals().seeder_count, seeder_count);
  }

  Random random_;
  Budget budget_;
  SwarmMap<Address> map_;
  AccessList off_;
  CleaningPosition position_;
  std::vector<test::SwarmModel<Address>> torrents_;
  std::vector<bool> known_;  // has had a peer since the last whole cleaning
  std::vector<std::byte> out_ = std::vector<std::byte>(400 * peer_size);
  Seconds now_ = 1000;
  std::uint32_t stop_share_ = 0;
};

template <class Address>
void run(std::uint32_t torrent_count, std::size_t shard_count, std::size_t operation_count) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", torrents " << torrent_count);
    Run<Address>(seed, torrent_count, shard_count).operate(gyre::test::scaled(operation_count));
  }
}

TEST(SwarmMapModel, OfAFewTorrentsInOneTable) {
  run<Ipv4Address>(1, 1, 20'000);
  run<Ipv4Address>(5, 1, 50'000);
  run<Ipv6Address>(20, 1, 100'000);
}

TEST(SwarmMapModel, OfHundredsOfTorrents) {
  run<Ipv4Address>(300, 4, 200'000);
  run<Ipv6Address>(300, 4, 200'000);
}

// Several slices for each shard's table.
TEST(SwarmMapModel, OfThousandsOfTorrents) {
  run<Ipv4Address>(5000, 1, 200'000);
}

}  // namespace
}  // namespace gyre::swarm
