// Connections that move between two workers over a kernel that misbehaves: no byte is lost, doubled
// or out of order, whatever is under way, and whenever the connection ends.
#include <gtest/gtest.h>

#include "tests/simulation/fault_profile.hpp"
#include "tests/simulation/moving_simulation.hpp"
#include "tests/support/scale.hpp"

namespace gyre::connection {
namespace {

using test::MovingSimulation;
using test::Talker;

using simulation::fault_profiles;
using simulation::FaultProfile;
using simulation::set_faults;

void run(const FaultProfile& profile, std::uint64_t seed, bool secure) {
  SCOPED_TRACE(std::string(profile.name) + ", seed " + std::to_string(seed));
  MovingSimulation simulation(seed, secure);
  set_faults(simulation.kernel, profile);
  for (int step = 0; step < 150; ++step) simulation.act_at_random();
  set_faults(simulation.kernel, simulation::calm);
  simulation.run_out();
  simulation.expect_all_sent_back();
  EXPECT_GT(simulation.adopted(), 20U);
  simulation.expect_nothing_leaked();
}

TEST(Moving, NoByteIsLostDoubledOrOutOfOrder) {
  for (const FaultProfile& profile : fault_profiles) {
    for (std::uint64_t seed = 1; seed <= gyre::test::scaled(30); ++seed) {
      run(profile, seed, false);
      ASSERT_FALSE(testing::Test::HasFailure());
    }
  }
}

TEST(Moving, WithTlsAndAll) {
  for (const FaultProfile& profile : fault_profiles) {
    for (std::uint64_t seed = 1; seed <= gyre::test::scaled(5); ++seed) {
      run(profile, seed, true);
      ASSERT_FALSE(testing::Test::HasFailure());
    }
  }
}

// Whenever a client resets or ends, on its way too, its connection is closed once, by whoever has
// it.
TEST(Moving, AConnectionMayDieAtAnyPoint) {
  std::uint64_t lost_count = 0;
  for (std::uint64_t seed = 1; seed <= gyre::test::scaled(100); ++seed) {
    SCOPED_TRACE(seed);
    MovingSimulation simulation(seed, seed % 10 == 0);
    set_faults(simulation.kernel, fault_profiles[seed % std::size(fault_profiles)]);
    for (int step = 0; step < 120; ++step) {
      simulation.act_at_random();
      for (const auto& talker : simulation.talkers) {
        auto& client = simulation.client(*talker);
        if (simulation.kernel.chance(15)) client.reset = true;
        if (simulation.kernel.chance(15)) client.ended = true;
      }
    }
    set_faults(simulation.kernel, simulation::calm);
    simulation.run_out();
    simulation.expect_all_sent_back();
    simulation.expect_nothing_leaked();
    lost_count += simulation.closed(CloseReason::lost);
    ASSERT_FALSE(testing::Test::HasFailure());
  }
  EXPECT_GT(lost_count, gyre::test::scaled(100));
}

TEST(Moving, StopsAtAnyMoment) {
  for (std::uint64_t seed = 1; seed <= gyre::test::scaled(50); ++seed) {
    SCOPED_TRACE(seed);
    MovingSimulation simulation(seed);
    set_faults(simulation.kernel, simulation::everything);
    const std::uint32_t steps = simulation.kernel.random.below(60);
    for (std::uint32_t step = 0; step < steps; ++step) simulation.act_at_random();
    simulation.kernel.make_readable(test::stop_fd);
    simulation.run_out(30);
    for (const auto& worker : simulation.workers) {
      EXPECT_TRUE(worker->server->stopping());
    }
    test::simulated_now_ns += 10'000'000'000;
    set_faults(simulation.kernel, simulation::calm);
    simulation.run_out(50);
    for (const auto& worker : simulation.workers) EXPECT_TRUE(worker->server->finished());
    simulation.expect_nothing_leaked();
    ASSERT_FALSE(testing::Test::HasFailure());
  }
}

void ask_for_new_keys(Talker& talker) {
  ASSERT_EQ(SSL_key_update(talker.tls->get(), SSL_KEY_UPDATE_REQUESTED), 1);
  ASSERT_EQ(SSL_do_handshake(talker.tls->get()), 1);
}

// A client that makes new keys and asks for the same, without reading: the session's answers wait
// behind what is on its way.
TEST(Tls, TlsGoesOnReadingWhileASendIsUnderWay) {
  for (std::uint64_t seed = 1; seed <= gyre::test::scaled(20); ++seed) {
    SCOPED_TRACE(seed);
    MovingSimulation simulation(seed, true);
    set_faults(simulation.kernel, fault_profiles[seed % std::size(fault_profiles)]);
    Talker& talker = simulation.connect(300);
    int updates = 0;
    for (int step = 0; step < 400; ++step) {
      if (talker.tls->connected() && updates < 8 && simulation.kernel.chance(100)) {
        ask_for_new_keys(talker);
        ++updates;
      }
      simulation.send(talker, 1 + simulation.kernel.random.below(2000));
      if (simulation.kernel.chance(300)) simulation.take(talker, 700);
      simulation.turn();
    }
    EXPECT_EQ(updates, 8);
    set_faults(simulation.kernel, simulation::calm);
    simulation.run_out();
    simulation.expect_all_sent_back();
    simulation.expect_nothing_leaked();
    ASSERT_FALSE(testing::Test::HasFailure());
  }
}

TEST(Tls, WhoAsksForNewKeysAndDoesNotReadIsClosed) {
  MovingSimulation simulation(1, true);
  Talker& talker = simulation.connect(1);
  simulation.run_out(50);
  ASSERT_EQ(simulation.text_of(talker), talker.expected);
  simulation.kernel.streams.send_room = 10;
  talker.to_send = "s" + std::string(300, 'x') + "\n";
  for (int i = 0; i < 100; ++i) {
    ask_for_new_keys(talker);
    simulation.send(talker, 1000);
    simulation.turn();
  }
  EXPECT_EQ(simulation.closed(CloseReason::reading_too_slow), 1U);
}

TEST(Moving, AllCountWhereverTheyHaveMoved) {
  MovingSimulation simulation(1, false, 6);
  const auto connect_to = [&](std::size_t index) -> Talker& {
    Talker& talker = simulation.connect(0);
    talker.expected = talker.to_send = index == 0 ? "s\n" : "m\n";
    simulation.turn_of(index);
    simulation.turn_of(index);
    return talker;
  };
  for (std::size_t index = 0; index < test::worker_count; ++index) {
    for (int i = 0; i < 3; ++i) connect_to(index);
  }
  simulation.run_out(20);
  simulation.expect_all_sent_back();
  EXPECT_EQ(simulation.workers[0]->adopted, 3U);
  EXPECT_EQ(simulation.workers[0]->metrics.open.load(), 6U);
  EXPECT_EQ(simulation.workers[1]->metrics.open.load(), 0U);
  for (std::size_t index = 0; index < test::worker_count; ++index) {
    EXPECT_TRUE(simulation.client(connect_to(index)).worker_closed);
  }
  EXPECT_EQ(simulation.closed(CloseReason::over_limit), 2U);
  simulation.expect_nothing_leaked();
}

TEST(Moving, WithoutMemoryForWhatWasKeptItIsClosed) {
  MovingSimulation simulation(1);
  for (const auto& worker : simulation.workers) worker->server->input_budget().free_size = 1024;
  Talker& talker = simulation.connect(0);
  talker.to_send = "m" + std::string(1500, 'x');
  simulation.run_out(20);
  EXPECT_EQ(simulation.closed(CloseReason::no_input_memory), 1U);
}

}  // namespace
}  // namespace gyre::connection
