// Millions of random operations on single swarms, each compared with the model.
#include "swarm_model.hpp"

#include "held_swarm.hpp"
#include "tests/support/scale.hpp"

namespace gyre::swarm {
namespace {

constexpr Seconds max_age_s = 120;

template <class Address>
class Run {
 public:
  static constexpr std::size_t peer_size = test::SwarmModel<Address>::peer_size;
  static constexpr std::byte guard{0xee};

  Run(std::uint64_t seed, std::uint32_t population)
      : random_(seed), model_(population), out_(1 + std::max(population, 50U) * peer_size) {}

  void operate(std::size_t operation_count) {
    for (std::size_t i = 0; i < operation_count && !testing::Test::HasFatalFailure(); ++i) {
      if (i % (8 * model_.population()) == 0) stop_share_ = random_.below(3) * 35;
      if (random_.below(4 * model_.population()) == 0) now_ += random_.below(2 * max_age_s);
      if (random_.below(2 * model_.population()) == 0) expire();
      announce();
      test::expect_equal(swarm_.counts(), model_.counts());
      ASSERT_EQ(swarm_.peer_count(), model_.size());
      ASSERT_EQ(swarm_.budget().peer_count(), model_.size());
      if (random_.below(16 * model_.population()) == 0) swarm_.check_invariants();
    }
    swarm_.check_invariants();
  }

 private:
  void announce() {
    // One in twenty is a stranger, who gets peers but is not stored.
    const std::uint32_t number = random_.below(model_.population() + model_.population() / 20 + 1);
    const auto announce =
        test::random_announce<Address>(random_, number, model_.population(), stop_share_);
    const std::size_t room = announce.peers_wanted * peer_size;
    out_[room] = guard;
    const auto outcome = swarm_.announce(announce, now_, random_, std::span(out_).first(room));
    ASSERT_EQ(out_[room], guard) << "nothing is written beyond what is wanted";
    const bool is_new = !model_.has(number) && !announce.stopped && announce.store;
    ASSERT_EQ(outcome.admission, is_new ? Admission::admitted : Admission::not_asked);
    model_.check_answer(number, announce,
                        std::span(out_).first(outcome.compact_peer_count * peer_size));
    model_.announce(number, announce, now_);
  }

  void expire() {
    swarm_.expire(now_, max_age_s);
    model_.expire(now_, max_age_s);
  }

  Random random_;
  test::HeldSwarm<Address> swarm_;
  test::SwarmModel<Address> model_;
  std::vector<std::byte> out_;
  Seconds now_ = 1000;
  std::uint32_t stop_share_ = 0;
};

template <class Address>
void run(std::uint32_t population, std::size_t operation_count) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", population " << population);
    Run<Address>(seed, population).operate(gyre::test::scaled(operation_count));
  }
}

TEST(SwarmModel, OfAFewPeers) {
  for (const std::uint32_t population : {1U, 2U, 3U, 8U}) {
    run<Ipv4Address>(population, 20'000);
    run<Ipv6Address>(population, 20'000);
  }
}

// Across the sizes at which an array becomes a large swarm, and a large swarm an array again.
TEST(SwarmModel, AroundTheLargestArray) {
  for (const std::uint32_t population : {16U, 20U, 31U, 33U, 40U, 70U}) {
    run<Ipv4Address>(population, 30'000);
    run<Ipv6Address>(population, 30'000);
  }
}

TEST(SwarmModel, OfHundredsAndThousands) {
  run<Ipv4Address>(700, 100'000);
  run<Ipv6Address>(700, 50'000);
  run<Ipv4Address>(6000, 100'000);
}

}  // namespace
}  // namespace gyre::swarm
