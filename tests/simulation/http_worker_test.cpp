// The HTTP worker over a kernel that misbehaves: whatever goes wrong below, each request is
// answered exactly once and in order, no connection, buffer or slot is lost, and the counters add
// up.
#include <gtest/gtest.h>

#include "tests/simulation/fault_profile.hpp"
#include "tests/simulation/http_simulation.hpp"
#include "tests/support/scale.hpp"

namespace gyre::http {
namespace {

using connection::CloseReason;
using connection::Deadline;
using simulation::FaultProfile;
using test::HttpSimulation;
using test::Script;

constexpr std::uint64_t second_ns = 1'000'000'000;

const FaultProfile fault_profiles[] = {
    {"calm", {}, {}},
    {"pieces", {.receive_short = 900, .receive_late = 200}, {}},
    {"multishots end", {.accept_ends = 300, .accept_aborts = 200, .receive_ends = 300}, {}},
    {"clients hardly read", {.send_waits_on = 700}, {}, 100},
    {"completions are late", {.receive_late = 300}, {.completions_held = 400}},
    {"everything",
     {.accept_ends = 100,
      .accept_aborts = 100,
      .receive_ends = 200,
      .receive_short = 500,
      .receive_late = 200,
      .end_with_buffer = 300,
      .send_waits_on = 400},
     {.completions_held = 200, .reordered = true},
     1000},
};

void act_at_random(HttpSimulation& simulation) {
  Random& random = simulation.kernel.random;
  if (random.below(3) == 0) {
    Script& script =
        simulation.connect(1 + random.below(8), 1 + random.below(40), random.below(2) == 0);
    script.slow = random.below(4) == 0;
  }
  for (const auto& script : simulation.scripts) {
    if (random.below(2) == 0) simulation.send(*script, 1 + random.below(3000));
    if (random.below(2) == 0) simulation.take(*script, random.below(script->slow ? 100 : 3000));
  }
}

// A seed's clients in a profile, until all is answered.
void run(const FaultProfile& profile, std::uint64_t seed, bool secure) {
  SCOPED_TRACE(testing::Message() << profile.name << ", seed " << seed);
  HttpSimulation simulation(seed, {}, secure);
  simulation::set_faults(simulation.kernel, profile);
  for (int step = 0; step < 60; ++step) {
    act_at_random(simulation);
    simulation.turn();
  }
  simulation.kernel.streams.faults = {};
  simulation.kernel.faults = {};
  simulation.run_out();
  simulation.expect_all_answered();
  simulation.expect_nothing_leaked();
}

TEST(HttpWorkerSimulation, EachRequestIsAnsweredOnceAndInOrder) {
  for (const FaultProfile& profile : fault_profiles) {
    for (std::uint64_t seed = 1; seed <= gyre::test::scaled(40); ++seed) {
      run(profile, seed, false);
      ASSERT_FALSE(testing::Test::HasFailure());
    }
  }
}

TEST(HttpWorkerSimulation, OverTlsAsWell) {
  for (const FaultProfile& profile : fault_profiles) {
    for (std::uint64_t seed = 1; seed <= gyre::test::scaled(4); ++seed) {
      run(profile, seed, true);
      ASSERT_FALSE(testing::Test::HasFailure());
    }
  }
}

TEST(HttpWorkerSimulation, ClientsThatResetOrEndLoseNothingOfOthers) {
  std::uint64_t lost_count = 0;
  for (std::uint64_t seed = 1; seed <= gyre::test::scaled(60); ++seed) {
    SCOPED_TRACE(seed);
    HttpSimulation simulation(seed);
    simulation.kernel.streams.faults = fault_profiles[5].streams;
    simulation.kernel.faults = fault_profiles[5].ring;
    for (int step = 0; step < 100; ++step) {
      act_at_random(simulation);
      for (const auto& script : simulation.scripts) {
        auto& client = simulation.client(*script);
        if (simulation.kernel.chance(20)) client.reset = true;
        // Half-closed: what was sent whole is still answered.
        if (simulation.has_sent_all(*script) && simulation.kernel.chance(300)) client.ended = true;
      }
      simulation.turn();
    }
    simulation.run_out();
    simulation.expect_all_answered();
    simulation.expect_nothing_leaked();
    lost_count += simulation.closed(CloseReason::lost);
    ASSERT_FALSE(testing::Test::HasFailure());
  }
  EXPECT_GT(lost_count, 10U);
}

TEST(HttpWorkerSimulation, AClientThatDoesNotReadIsNotReadFrom) {
  HttpSimulation simulation(1);
  simulation.kernel.streams.send_room = 100;
  Script& script = simulation.connect(1000, 30);
  const std::size_t size = script.to_send.size();
  simulation.send(script, size);
  simulation.turns(50);
  // What is stored: answers in one slot, one head, and what had been received when it was too much.
  EXPECT_GT(simulation.client(script).to_worker.size(), size / 2);
  simulation.run_out();
  while (!simulation.client(script).to_worker.empty()) simulation.run_out();
  for (int i = 0; i < 100; ++i) simulation.run_out();
  simulation.expect_all_answered();
  simulation.expect_nothing_leaked();
}

TEST(HttpWorkerSimulation, WithoutSlotsConnectionsWaitInTheirTurn) {
  HttpSimulation simulation(1);
  simulation.kernel.streams.faults.send_waits_on = 1000;
  for (std::uint32_t i = 0; i < 4 * test::slot_count; ++i) {
    simulation.send(simulation.connect(1), 1000);
  }
  simulation.turns(10);
  EXPECT_EQ(simulation.counted(connection::Counter::send_slots_used_up), 3 * test::slot_count);
  simulation.kernel.streams.faults = {};
  simulation.run_out();
  simulation.expect_all_answered();
  simulation.expect_nothing_leaked();
}

TEST(HttpWorkerSimulation, WhoDoesNotReadLosesItsSlotToThoseWhoWait) {
  HttpSimulation simulation(1);
  simulation.kernel.streams.send_room = 10;
  const auto ask = [&] { simulation.send(simulation.connect(1), 1000); };
  for (std::uint32_t i = 0; i < test::slot_count; ++i) ask();
  simulation.turns(5);
  simulation.turn(2 * second_ns);
  EXPECT_EQ(simulation.closed_in_all(), 0U) << "nobody waits for them";
  ask();
  simulation.turns(5);
  EXPECT_EQ(simulation.closed(CloseReason::reading_too_slow), test::slot_count);
  simulation.scripts.erase(simulation.scripts.begin(),
                           simulation.scripts.begin() + test::slot_count);
  ask();
  simulation.run_out();
  simulation.expect_all_answered();
  simulation.expect_nothing_leaked();
}

// Its address cannot be told any more, which is no reason to believe what it says of itself.
TEST(HttpWorkerSimulation, AClientThatWasGoneBeforeItWasAcceptedIsNotListenedTo) {
  HttpSimulation simulation(1);
  const auto id = simulation.kernel.streams.connect(0, std::nullopt);
  simulation.kernel.streams.client(id).to_worker = "GET /health HTTP/1.1\r\n\r\n";
  simulation.turns(5);
  EXPECT_EQ(simulation.closed(CloseReason::lost), 1U);
  EXPECT_EQ(simulation.metrics.pages.value(http1::PageKind::health), 0U);
  simulation.expect_counters_add_up();
}

TEST(HttpWorkerSimulation, OutOfDescriptorsTheOldestIdleGivesWay) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    HttpSimulation simulation(seed);
    simulation.kernel.streams.descriptors_max = 10;
    for (int i = 0; i < 100; ++i) {
      simulation.connect(1);
      simulation.run_out();
      EXPECT_EQ(simulation.answered(*simulation.scripts.back()).size(), 1U);
    }
    EXPECT_EQ(simulation.closed(CloseReason::evicted), 90U);
    EXPECT_EQ(simulation.counted(connection::Counter::no_descriptor), 90U);
    for (int i = 0; i < 90; ++i) {
      EXPECT_TRUE(
          simulation.client(*simulation.scripts[static_cast<std::size_t>(i)]).worker_closed);
    }
    simulation.expect_all_answered();
    simulation.kernel.streams.descriptors_max = 1000;
    simulation.expect_nothing_leaked();
    ASSERT_FALSE(testing::Test::HasFailure());
  }
}

// Nobody can be evicted: all of them are being answered. Accepting is tried again now and then, not
// in each turn.
TEST(HttpWorkerSimulation, OutOfDescriptorsAcceptingDoesNotSpin) {
  HttpSimulation simulation(1);
  simulation.kernel.streams.descriptors_max = 2;
  simulation.kernel.streams.faults.send_waits_on = 1000;
  for (int i = 0; i < 5; ++i) {
    simulation.send(simulation.connect(1), 1000);
    if (i < 2) simulation.turns(5);
  }
  simulation.turns(1000);  // of a millisecond each
  EXPECT_EQ(simulation.kernel.streams.accept_failures, 10U);
  simulation.kernel.streams.faults = {};
  simulation.run_out();
  simulation.expect_all_answered();
  simulation.kernel.streams.descriptors_max = 1000;
  simulation.expect_nothing_leaked();
}

TEST(HttpWorkerSimulation, OverTheLimitTheOldestIdleGivesWay) {
  HttpSimulation simulation(1, {.connections_max = 10});
  for (int i = 0; i < 30; ++i) {
    simulation.connect(1);
    simulation.run_out();
  }
  simulation.expect_all_answered();
  EXPECT_EQ(simulation.closed(CloseReason::evicted), 20U);
  EXPECT_EQ(simulation.kernel.streams.open_descriptors(), 10U);
}

TEST(HttpWorkerSimulation, OverTheLimitAndAllAtWorkNewOnesAreRefused) {
  HttpSimulation simulation(1, {.connections_max = 2});
  simulation.kernel.streams.faults.send_waits_on = 1000;
  simulation.send(simulation.connect(1), 1000);
  simulation.send(simulation.connect(1), 1000);
  simulation.turns(5);
  simulation.connect(1);
  simulation.turns(5);
  EXPECT_EQ(simulation.closed(CloseReason::over_limit), 1U);
  EXPECT_TRUE(simulation.client(*simulation.scripts.back()).worker_reset);
  simulation.kernel.streams.faults = {};
  simulation.scripts.pop_back();
  simulation.run_out();
  simulation.expect_all_answered();
}

TEST(HttpWorkerSimulation, AnAddressHasSoManyConnections) {
  limits::AddressCounts addresses(2, 1);
  HttpSimulation simulation(1, {.addresses = &addresses});
  for (int i = 0; i < 500; ++i) simulation.connect(1);  // of 250 addresses
  simulation.turns(10);
  EXPECT_EQ(simulation.closed(CloseReason::over_address_limit), 0U);
  EXPECT_EQ(addresses.address_count(), 250U);
  for (int i = 0; i < 250; ++i) simulation.connect(1);
  simulation.turns(10);
  EXPECT_EQ(simulation.closed(CloseReason::over_address_limit), 250U);
  simulation.scripts.resize(500);
  simulation.run_out();
  simulation.expect_all_answered();
  simulation.expect_nothing_leaked();
  EXPECT_EQ(addresses.address_count(), 0U);
}

TEST(HttpWorkerSimulation, NobodyIsEvictedForAnAddressAtItsLimit) {
  limits::AddressCounts addresses(1, 1);
  HttpSimulation simulation(1, {.connections_max = 2, .addresses = &addresses});
  simulation.connect(1);
  simulation.connect(1);
  simulation.run_out();
  simulation.expect_all_answered();
  const auto address = simulation.client(*simulation.scripts.front()).address;
  simulation.kernel.streams.connect(0, address);
  simulation.turns(5);
  EXPECT_EQ(simulation.closed(CloseReason::over_address_limit), 1U);
  EXPECT_EQ(simulation.closed(CloseReason::evicted), 0U);
  EXPECT_EQ(simulation.kernel.streams.open_descriptors(), 2U);
}

TEST(HttpWorkerSimulation, AnInvalidRecordBehindARequestDoesNotHideIt) {
  HttpSimulation simulation(1, {}, true);
  Script& script = simulation.connect(1);
  const std::string request = std::exchange(script.to_send, {});
  simulation.run_out();
  ASSERT_TRUE(script.tls->connected());
  script.to_send = request;
  simulation.send(script, 100'000);
  simulation.client(script).to_worker +=
      std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x');
  simulation.run_out();
  simulation.expect_all_answered();
  EXPECT_EQ(simulation.counted(connection::Counter::tls_failed), 1U);
  EXPECT_TRUE(simulation.client(script).worker_ended);
  simulation.expect_nothing_leaked();
  EXPECT_EQ(simulation.closed(CloseReason::bad_handshake), 1U);
}

struct DeadlineCase {
  const char* name;
  Deadline deadline;
  CloseReason reason;
  void (*begin)(HttpSimulation&);
};

const DeadlineCase deadline_cases[] = {
    {"says nothing", Deadline::first_request, CloseReason::request_late,
     [](HttpSimulation& simulation) { simulation.connect(1); }},
    {"half a request", Deadline::request, CloseReason::request_late,
     [](HttpSimulation& simulation) { simulation.send(simulation.connect(1), 30); }},
    {"half of the second request", Deadline::request, CloseReason::request_late,
     [](HttpSimulation& simulation) {
       Script& script = simulation.connect(2);
       simulation.send(script, script.to_send.size() - 10);
     }},
    {"idle", Deadline::idle, CloseReason::idle_too_long,
     [](HttpSimulation& simulation) { simulation.send(simulation.connect(1), 1000); }},
    {"does not read", Deadline::write, CloseReason::reading_too_slow,
     [](HttpSimulation& simulation) {
       simulation.kernel.streams.send_room = 10;
       simulation.send(simulation.connect(1), 1000);
     }},
    {"does not close", Deadline::lingering, CloseReason::answered,
     [](HttpSimulation& simulation) { simulation.send(simulation.connect(1, 1, true), 1000); }},
};

TEST(HttpWorkerSimulation, Deadlines) {
  for (const DeadlineCase& test_case : deadline_cases) {
    SCOPED_TRACE(test_case.name);
    connection::Options options;
    options.deadlines_ns[static_cast<std::size_t>(test_case.deadline)] = 10 * second_ns;
    HttpSimulation simulation(1, options);
    test_case.begin(simulation);
    simulation.turns(10);
    simulation.turn(9 * second_ns);
    EXPECT_EQ(simulation.closed_in_all(), 0U);
    simulation.turn(second_ns);
    simulation.turns(2);
    EXPECT_EQ(simulation.closed(test_case.reason), 1U);
    simulation.expect_counters_add_up();
    EXPECT_EQ(simulation.kernel.streams.open_descriptors(), 0U);
  }
}

TEST(HttpWorkerSimulation, BytesThatTrickleInDoNotPutOffTheDeadline) {
  connection::Options options;
  options.deadlines_ns[static_cast<std::size_t>(Deadline::request)] = 10 * second_ns;
  HttpSimulation simulation(1, options);
  Script& script = simulation.connect(1);
  simulation.turns(2);
  for (int i = 0; i < 11; ++i) {
    simulation.send(script, 1);
    simulation.turn(second_ns);
  }
  simulation.turns(2);
  EXPECT_EQ(simulation.closed(CloseReason::request_late), 1U);
}

TEST(HttpWorkerSimulation, WithoutMemoryForPiecesTheOldestGiveWay) {
  HttpSimulation simulation(1);
  constexpr std::size_t fit = test::input_memory / 8192;
  for (std::size_t i = 0; i < 2 * fit; ++i) {
    simulation.send(simulation.connect(1, 200), 6000);
    simulation.turns(2);
  }
  simulation.turns(2);
  EXPECT_EQ(simulation.closed(CloseReason::no_input_memory), fit);
  simulation.scripts.erase(simulation.scripts.begin(),
                           simulation.scripts.begin() + static_cast<std::ptrdiff_t>(fit));
  simulation.run_out();
  simulation.expect_all_answered();
  simulation.expect_nothing_leaked();
}

TEST(HttpWorkerSimulation, WithoutMemoryThoseWhoHaveNoneStay) {
  HttpSimulation simulation(1);
  simulation.kernel.streams.send_room = 100;
  for (int i = 0; i < 5; ++i) simulation.connect(1);
  simulation.turns(2);
  for (int i = 0; i < 40; ++i) simulation.send(simulation.connect(100, 30), 100'000);
  simulation.turns(200);
  EXPECT_GT(simulation.closed(CloseReason::no_input_memory), 0U);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_FALSE(simulation.client(*simulation.scripts[i]).worker_closed) << i;
  }
  simulation.expect_counters_add_up();
}

TEST(HttpWorkerSimulation, WhatIsNotHttpIsAnsweredAndClosed) {
  HttpSimulation simulation(1);
  Script& script = simulation.connect(0);
  simulation.client(script).to_worker = "\x16\x03\x01 hello\r\n\r\n";
  simulation.turns(5);
  simulation.take(script, 1000);
  EXPECT_TRUE(simulation.client(script).taken.starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(simulation.client(script).worker_ended);
  simulation.expect_nothing_leaked();
}

// Whenever the order to stop comes, what was received whole is answered, and nothing else is cut
// off but those who wait.
TEST(HttpWorkerSimulation, StopsAtAnyMomentWithoutLoss) {
  for (std::uint64_t seed = 1; seed <= gyre::test::scaled(100); ++seed) {
    SCOPED_TRACE(seed);
    HttpSimulation simulation(seed);
    simulation.kernel.streams.faults = {
        .accept_ends = 100, .receive_ends = 100, .receive_short = 300, .send_waits_on = 300};
    const std::uint32_t steps = simulation.kernel.random.below(60);
    for (std::uint32_t step = 0; step < steps; ++step) {
      act_at_random(simulation);
      simulation.turn();
    }
    for (const auto& script : simulation.scripts) simulation.send(*script, 100'000);
    simulation.turn();  // all of them are accepted
    simulation.kernel.make_readable(test::stop_fd);
    int turns = 0;
    for (; turns < 4000 && !simulation.worker->finished(); ++turns) {
      for (const auto& script : simulation.scripts) {
        simulation.take(*script, 5000);
        simulation.client(*script).ended |= simulation.client(*script).worker_ended;
      }
      simulation.turn();
    }
    for (const auto& script : simulation.scripts) simulation.take(*script, 100'000);
    EXPECT_LT(turns, 4000);
    simulation.expect_all_answered();
    simulation.expect_counters_add_up();
    EXPECT_EQ(simulation.kernel.streams.open_descriptors(), 0U);
    ASSERT_FALSE(testing::Test::HasFailure());
  }
}

TEST(HttpWorkerSimulation, StopCutsOffThoseWhoDoNotRead) {
  HttpSimulation simulation(1, {.stop_time_max_ns = 5 * second_ns});
  simulation.kernel.streams.send_room = 10;
  simulation.send(simulation.connect(1), 1000);
  simulation.turns(5);
  simulation.kernel.make_readable(test::stop_fd);
  simulation.turns(100);
  EXPECT_FALSE(simulation.worker->finished());
  simulation.turn(5 * second_ns);
  simulation.turns(3);
  EXPECT_TRUE(simulation.worker->finished());
  EXPECT_EQ(simulation.closed(CloseReason::stopped), 1U);
  simulation.expect_counters_add_up();
}

}  // namespace
}  // namespace gyre::http
