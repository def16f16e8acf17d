// Two workers of the WebSocket tracker over a kernel that misbehaves: every announce is answered,
// every offer that goes out can be answered, once, and nothing stays behind of who has gone.
#include <gtest/gtest.h>

#include "tests/simulation/fault_profile.hpp"
#include "tests/simulation/ws_simulation.hpp"
#include "tests/support/scale.hpp"

namespace gyre::ws {
namespace {

using connection::CloseReason;
using test::Browser;
using test::WsSimulation;

using simulation::fault_profiles;
using simulation::FaultProfile;
using simulation::set_faults;

void expect_all_answered(WsSimulation& simulation) {
  for (const auto& browser : simulation.browsers) {
    for (const auto& [info_hash, due] : browser->replies_due) {
      EXPECT_EQ(due, 0) << "client " << browser->number << ", " << info_hash;
    }
    EXPECT_EQ(browser->pongs, browser->pings);
  }
}

TEST(WsWorker, EveryoneIsAnsweredWhateverFails) {
  const auto seeds = gyre::test::scaled(60);
  std::uint64_t moved = 0;
  std::uint64_t forwarded = 0;
  std::uint64_t answers = 0;
  for (const FaultProfile& profile : fault_profiles) {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      SCOPED_TRACE(std::string(profile.name) + ", seed " + std::to_string(seed));
      WsSimulation simulation(seed);
      set_faults(simulation.kernel, profile);
      for (int step = 0; step < 120; ++step) simulation.act_at_random();
      set_faults(simulation.kernel, simulation::calm);
      simulation.run_out();
      expect_all_answered(simulation);
      moved += simulation.counted(WorkerCounter::connections_moved);
      forwarded += simulation.counted(WorkerCounter::forwarded);
      // Offers arrive, each is answered, and the answer arrives unless the one who gets it has
      // stopped, or the answerer has, meanwhile.
      EXPECT_EQ(simulation.sum(&Browser::offers_taken),
                simulation.counted(Counter::offers_relayed));
      EXPECT_EQ(simulation.sum(&Browser::answers_taken),
                simulation.counted(Counter::answers_relayed));
      EXPECT_EQ(simulation.sum(&Browser::answers_taken) + simulation.sum(&Browser::failures),
                simulation.sum(&Browser::offers_taken));
      answers += simulation.sum(&Browser::answers_taken);
      simulation.expect_nothing_leaked();
      if (::testing::Test::HasFailure()) return;
    }
  }
  const std::uint64_t runs = std::size(fault_profiles) * seeds;
  EXPECT_GT(moved, 4 * runs);
  EXPECT_GT(forwarded, 20 * runs);
  EXPECT_GT(answers, 20 * runs);
}

TEST(WsWorker, ConnectionsThatDieLeaveNothingBehind) {
  const auto seeds = gyre::test::scaled(60);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    WsSimulation simulation(seed);
    set_faults(simulation.kernel, simulation::everything);
    for (int step = 0; step < 200; ++step) {
      simulation.act_at_random();
      if (simulation.kernel.random.below(3) > 0 || simulation.browsers.empty()) continue;
      Browser& victim = *simulation.browsers[simulation.kernel.random.below(
          static_cast<std::uint32_t>(simulation.browsers.size()))];
      (simulation.kernel.random.below(2) == 0 ? simulation.client(victim).reset
                                              : simulation.client(victim).ended) = true;
    }
    set_faults(simulation.kernel, simulation::calm);
    simulation.run_out();
    simulation.expect_nothing_leaked();
    if (HasFailure()) return;
  }
}

TEST(WsWorker, WhoIsRefusedByAFullBoxIsToldOfWhat) {
  WsSimulation simulation(1, test::unlimited(), {.count_max = 0, .size_max = 0});
  Browser& browser = simulation.connect();
  const auto refusal = [&] {
    browser.last_failure.clear();
    simulation.run_out(20);
    return browser.last_failure;
  };
  simulation.scrape(browser);  // a list, of torrents of both workers
  const std::string busy = R"("failure reason":"the tracker is too busy","info_hash":)";
  EXPECT_EQ(refusal(), R"({"action":"scrape",)" + busy + R"(""})");
  std::uint32_t refused = 0;
  for (std::uint32_t torrent = 0; torrent < test::torrent_count; ++torrent) {
    const std::string name = '"' + test::info_hash_of(torrent) + '"';
    simulation.say(browser, R"({"action":"scrape","info_hash":)" + name + "}");
    ++browser.replies_due[""];
    const std::string scrape = refusal();
    simulation.announce(browser, torrent, 0);
    const std::string announce = refusal();
    if (scrape.empty()) continue;  // it is of the connection's own worker
    ++refused;
    EXPECT_EQ(scrape, R"({"action":"scrape",)" + busy + name + "}");
    EXPECT_EQ(announce, R"({"action":"announce",)" + busy + name + R"(,"interval":120})");
  }
  EXPECT_GT(refused, 0U);
  EXPECT_EQ(simulation.counted(Counter::failure_busy), 1U + 2U * refused);
}

TEST(WsWorker, OnStopEveryoneIsToldTo1001) {
  WsSimulation simulation(1);
  for (int i = 0; i < 40; ++i) {
    simulation.announce(simulation.connect(), static_cast<std::uint32_t>(i) % 6, 1);
  }
  simulation.run_out(100);
  simulation.kernel.make_readable(test::stop_fd);
  simulation.run_out(100);
  for (const auto& browser : simulation.browsers) {
    EXPECT_EQ(browser->close_code, CloseCode::going_away);
    simulation.client(*browser).ended = true;
  }
  simulation.run_out(100);
  for (const auto& worker : simulation.workers) EXPECT_TRUE(worker->finished());
}

// A worker without connections would be the first to go.
TEST(WsWorker, OnStopThoseWhoMoveAreToldToo) {
  for (std::uint64_t seed = 1; seed <= gyre::test::scaled(60); ++seed) {
    SCOPED_TRACE(seed);
    WsSimulation simulation(seed);
    Browser& browser = simulation.connect();
    simulation.announce(browser, static_cast<std::uint32_t>(seed) % test::torrent_count, 1);
    const auto turn_of = [&](Worker& worker) {
      simulation.send(browser, 100'000);
      simulation.take(browser, 100'000);
      test::simulated_now_ns += 1'000'000;
      if (worker.finished()) return;
      ASSERT_TRUE(worker.turn(std::chrono::milliseconds(1)));
    };
    const auto turn_of_all = [&](std::uint64_t count) {
      for (std::uint64_t i = 0; i < count; ++i) {
        for (const auto& worker : simulation.workers) turn_of(*worker);
      }
    };
    turn_of_all(seed % 6);
    simulation.kernel.make_readable(test::stop_fd);
    for (int i = 0; i < 5; ++i) turn_of(*simulation.workers[seed / 6 % 2]);
    turn_of_all(50);
    if (browser.is_upgraded) {
      EXPECT_EQ(browser.close_code, CloseCode::going_away);
    }
    simulation.client(browser).ended = true;
    turn_of_all(50);
    for (const auto& worker : simulation.workers) EXPECT_TRUE(worker->finished());
  }
}

TEST(WsWorker, WhoIsSilentIsPingedAndClosedIfNothingComesBack) {
  WorkerOptions options = test::unlimited();
  options.config.ping_interval = 50;
  options.config.pong_deadline = 20;
  WsSimulation simulation(1, options);
  Browser& alive = simulation.connect();
  Browser& dead = simulation.connect();
  for (Browser* browser : {&alive, &dead}) simulation.announce(*browser, 1, 0);
  simulation.run_out(50);
  for (int second = 0; second < 200; ++second) {
    simulation.turn(1'000'000'000);
    simulation.take(alive, 1000);
    simulation.send(alive, 1000);
  }
  EXPECT_FALSE(simulation.client(alive).worker_closed);
  EXPECT_TRUE(simulation.client(dead).worker_closed);
  EXPECT_EQ(simulation.closed(CloseReason::no_pong), 1U);
  EXPECT_EQ(simulation.budget.peer_count(), 1U);
}

TEST(WsWorker, WhoDoesNotReadLosesMessagesAndNothingElse) {
  WorkerOptions options = test::unlimited();
  options.config.limits.max_unsent = 3000;
  WsSimulation simulation(1, options);
  Browser& deaf = simulation.connect();
  Browser& other = simulation.connect();
  for (Browser* browser : {&deaf, &other}) simulation.announce(*browser, 1, 0);
  simulation.run_out(50);
  simulation.kernel.streams.send_room = 1000;
  for (int i = 0; i < 100; ++i) {
    simulation.announce(other, 1, 1);
    simulation.send(other, 10'000);
    simulation.take(other, 10'000);
    simulation.turn();
  }
  EXPECT_GT(simulation.counted(WorkerCounter::dropped_backpressure), 10U);
  set_faults(simulation.kernel, simulation::calm);
  simulation.run_out();
  for (const Browser* browser : {&deaf, &other}) {
    for (const auto& [info_hash, due] : browser->replies_due) EXPECT_EQ(due, 0) << info_hash;
  }
  simulation.expect_nothing_leaked();
}

// hear() fails upon what is no frame.
TEST(WsWorker, WhenMemoryIsUsedUpFramesAreLostWhole) {
  WorkerOptions options = test::unlimited();
  options.unsent_memory = 1300;
  WsSimulation simulation(1, options);
  Browser& deaf = simulation.connect();
  Browser& other = simulation.connect();
  for (Browser* browser : {&deaf, &other}) simulation.announce(*browser, 1, 0);
  simulation.run_out(50);
  simulation.kernel.streams.send_room = 1000;
  for (int i = 0; i < 100; ++i) {
    simulation.announce(other, 1, 1);
    simulation.send(other, 10'000);
    simulation.take(other, 10'000);
    simulation.turn();
  }
  EXPECT_GT(simulation.counted(WorkerCounter::dropped_backpressure), 10U);
  set_faults(simulation.kernel, simulation::calm);
  simulation.run_out();
  EXPECT_GT(deaf.offers_taken, 0U);
  simulation.expect_nothing_leaked();
}

TEST(WsWorker, WhoDoesNotReadGivesWayWhenMemoryIsUsedUp) {
  WorkerOptions options = test::unlimited();
  options.unsent_memory = 1024;
  WsSimulation simulation(1, options);
  Browser& deaf = simulation.connect();
  Browser& other = simulation.connect();
  for (Browser* browser : {&deaf, &other}) simulation.announce(*browser, 1, 0);
  simulation.run_out(50);
  simulation.kernel.streams.send_room = 1000;
  const auto offer = [&](int times) {
    for (int i = 0; i < times; ++i) {
      simulation.announce(other, 1, 1);
      simulation.send(other, 10'000);
      simulation.take(other, 10'000);
      simulation.turn();
    }
  };
  offer(100);
  EXPECT_GT(simulation.counted(WorkerCounter::dropped_backpressure), 10U);
  EXPECT_FALSE(simulation.client(deaf).worker_closed);
  simulation.turn(1'000'000'000);
  offer(10);
  EXPECT_TRUE(simulation.client(deaf).worker_closed);
  EXPECT_FALSE(simulation.client(other).worker_closed);
  EXPECT_EQ(simulation.closed(CloseReason::reading_too_slow), 1U);
  set_faults(simulation.kernel, simulation::calm);
  simulation.run_out();
  simulation.expect_nothing_leaked();
}

TEST(WsWorker, WhoSaysTooMuchIsHeardNoMoreAndThenClosed) {
  WorkerOptions options = test::unlimited();
  options.config.limits.messages = {.per_second = 10, .burst = 20};
  WsSimulation simulation(1, options);
  Browser& browser = simulation.connect();
  for (int i = 0; i < 100; ++i) simulation.announce(browser, 1, 0);
  simulation.run_out(100);
  EXPECT_GT(simulation.counted(WorkerCounter::dropped_over_rate), 40U);
  EXPECT_FALSE(browser.close_code);
  for (int i = 0; i < 500; ++i) simulation.announce(browser, 1, 0);
  simulation.run_out(100);
  EXPECT_EQ(browser.close_code, CloseCode::policy);
  simulation.client(browser).ended = true;
  simulation.run_out(10);
  EXPECT_EQ(simulation.closed(CloseReason::policy), 1U);
}

// So that one of them is taken now and then.
TEST(WsWorker, WhoSaysTooMuchAllTheTimeIsClosedToo) {
  WorkerOptions options = test::unlimited();
  options.config.limits.messages = {.per_second = 50, .burst = 10};
  WsSimulation simulation(1, options);
  Browser& browser = simulation.connect();
  const auto say_one_each = [&](std::uint64_t passing_ns, int count) {
    for (int i = 0; i < count; ++i) {
      simulation.announce(browser, 1, 0);
      simulation.send(browser, 10'000);
      simulation.take(browser, 10'000);
      simulation.turn(passing_ns);
    }
  };
  say_one_each(15'000'000, 500);
  EXPECT_GT(simulation.counted(WorkerCounter::dropped_over_rate), 20U);
  EXPECT_FALSE(browser.close_code) << "a third more than it may";
  say_one_each(5'000'000, 500);
  EXPECT_EQ(browser.close_code, CloseCode::policy);
}

TEST(WsWorker, WhatIsNoWebSocketGetsA1002) {
  WsSimulation simulation(1);
  Browser& browser = simulation.connect();
  browser.to_send += std::string("\x81\x05hello", 7);  // not masked
  simulation.run_out(50);
  EXPECT_EQ(browser.close_code, CloseCode::protocol_error);
}

TEST(WsWorker, ACloseIsAnsweredByItsCode) {
  WsSimulation simulation(1);
  Browser& browser = simulation.connect();
  simulation.announce(browser, 1, 0);
  simulation.run_out(50);
  simulation.say_frame(browser, Opcode::close, true, std::string_view("\x03\xe9", 2));
  simulation.run_out(50);
  EXPECT_EQ(browser.close_code, CloseCode::going_away);
  EXPECT_EQ(simulation.budget.peer_count(), 0U);
}

}  // namespace
}  // namespace gyre::ws
