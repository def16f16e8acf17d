// What one client of the WebSocket tracker can take from the others: nothing that they would notice.
#include <gtest/gtest.h>

#include "tests/simulation/ws_simulation.hpp"

namespace gyre::ws {
namespace {

using io::CloseReason;
using test::Browser;
using test::WsSimulation;

constexpr std::uint64_t second_ns = 1'000'000'000;

void run_for(WsSimulation& simulation, std::uint64_t seconds) {
  for (std::uint64_t i = 0; i < 4 * seconds; ++i) {
    for (const auto& browser : simulation.browsers) {
      simulation.send(*browser, 100'000);
      simulation.take(*browser, 100'000);
    }
    simulation.turn(second_ns / 4);
  }
}

TEST(WsShares, WhoAnnouncesNothingIsClosedWhateverElseItSays) {
  WsSimulation simulation(1);
  Browser& silent = simulation.connect();
  Browser& chatty = simulation.connect();
  Browser& honest = simulation.connect();
  Browser& scraper = simulation.connect();
  simulation.announce(honest, 1, 0);
  simulation.scrape(scraper);
  for (int i = 0; i < 26; ++i) {
    simulation.say_frame(chatty, Opcode::ping, true, "ping");
    simulation.say(chatty, R"({"action":"announce"})");
    simulation.say(chatty, "nonsense");
    run_for(simulation, 1);
  }
  EXPECT_FALSE(silent.close_code);
  EXPECT_FALSE(chatty.close_code);
  run_for(simulation, 8);
  EXPECT_EQ(silent.close_code, CloseCode::policy);
  EXPECT_EQ(chatty.close_code, CloseCode::policy);
  EXPECT_FALSE(honest.close_code);
  EXPECT_FALSE(scraper.close_code);
  for (Browser* browser : {&silent, &chatty}) simulation.client(*browser).ended = true;
  run_for(simulation, 1);
  EXPECT_EQ(simulation.closed(CloseReason::no_announce), 2U);
}

// All of one address, more than there is room for, and never quite silent.
TEST(WsShares, SilentWebSocketsTakeNobodysPlace) {
  WorkerOptions options;
  options.transport.streams.connections_max = 32;
  WsSimulation simulation(2, options);
  std::vector<Browser*> crowd;
  for (int i = 0; i < 40; ++i) {
    crowd.push_back(&simulation.connect_from(77));
    run_for(simulation, 1);
  }
  std::vector<Browser*> honest;
  for (std::uint8_t i = 0; i < 20; ++i) {
    honest.push_back(&simulation.connect_from(static_cast<std::uint8_t>(100 + i)));
    simulation.announce(*honest.back(), i % test::torrent_count, 0);
    crowd.push_back(&simulation.connect_from(77));
    for (Browser* browser : crowd) simulation.say_frame(*browser, Opcode::pong, true, "");
    run_for(simulation, 1);
  }
  for (Browser* browser : honest) {
    EXPECT_EQ(browser->replies_due[test::info_hash_of(static_cast<std::uint32_t>(
                  std::ranges::find(honest, browser) - honest.begin()) % test::torrent_count)],
              0);
    EXPECT_FALSE(simulation.client(*browser).worker_closed);
  }
  EXPECT_EQ(simulation.closed(CloseReason::over_limit), 0U);
}

// One that has had its first announce, and then left its swarms, goes before those who have peers.
TEST(WsShares, WhoHasNoPeersIsEvictedBeforeThoseWhoHave) {
  WorkerOptions options;
  options.transport.streams.connections_max = 16;
  WsSimulation simulation(3, options);
  std::vector<Browser*> with_peers;
  std::vector<Browser*> without;
  for (std::uint8_t i = 0; i < 8; ++i) {
    with_peers.push_back(&simulation.connect_from(i));
    simulation.announce(*with_peers.back(), 0, 0);
    without.push_back(&simulation.connect_from(static_cast<std::uint8_t>(100 + i)));
    simulation.announce(*without.back(), 0, 0);
    simulation.announce(*without.back(), 0, 0, "stopped");
  }
  run_for(simulation, 3);
  for (std::uint8_t i = 0; i < 8; ++i) {
    simulation.announce(simulation.connect_from(static_cast<std::uint8_t>(200 + i)), 1, 0);
    run_for(simulation, 2);
  }
  std::size_t evicted = 0;
  for (Browser* browser : with_peers) EXPECT_FALSE(simulation.client(*browser).worker_closed);
  for (Browser* browser : without) evicted += simulation.client(*browser).worker_closed ? 1 : 0;
  EXPECT_EQ(evicted + simulation.closed(CloseReason::over_limit), 8U);
  EXPECT_GE(evicted, 6U);  // a worker that has none of them has to refuse
}

// The simulated clock stands still within a turn: what is charged by size must be enough.
TEST(WsShares, WhoAsksLittleIsServedBetweenThoseWhoAskForMuch) {
  constexpr std::size_t attackers_count = 20;
  WorkerOptions options;
  options.message_rate = {.per_second = 20, .burst = 100'000};
  options.transport.streams.send_slot_count = 64;
  WsSimulation simulation(4, options);
  const std::string filler(100'000, 'x');
  std::vector<Browser*> attackers;
  for (std::size_t i = 0; i < attackers_count; ++i) {
    attackers.push_back(&simulation.connect_from(50));
    simulation.announce(*attackers.back(), 0, 0);
  }
  Browser& honest = simulation.connect_from(50);
  simulation.announce(honest, 0, 0);
  simulation.run_out(50);
  for (Browser* attacker : attackers) {
    for (int i = 0; i < 60; ++i) {
      simulation.say_frame(*attacker, Opcode::text, true,
                           R"({"action":"scrape","info_hash":[],"x":")" + filler + "\"}");
    }
  }
  std::vector<int> turns_waited;
  for (int round = 0; round < 40; ++round) {
    simulation.announce(honest, 0, 0);
    const std::string info_hash = test::info_hash_of(0);
    int turns = 0;
    for (; turns < 200 && honest.replies_due[info_hash] > 0; ++turns) {
      for (Browser* attacker : attackers) {
        simulation.send(*attacker, 1'000'000);
        simulation.take(*attacker, 1'000'000);
      }
      simulation.send(honest, 100'000);
      simulation.take(honest, 100'000);
      for (const auto& worker : simulation.workers) {
        ASSERT_TRUE(worker->turn(std::chrono::milliseconds(1)));
      }
      test::simulated_now_ns += 1'000'000;
    }
    turns_waited.push_back(turns);
  }
  std::ranges::sort(turns_waited);
  EXPECT_LE(turns_waited[20], 6);
  EXPECT_LE(turns_waited.back(), 30);
  EXPECT_GT(simulation.counted(WorkerCounter::sent_scrape), 0U);
  simulation.run_out(2000);
  for (Browser* attacker : attackers) EXPECT_EQ(attacker->replies_due[""], -60);
}

TEST(WsShares, NobodyHasMuchRelayedForLittle) {
  WsSimulation simulation(5);
  Browser& attacker = simulation.connect_from(1);
  Browser& victim = simulation.connect_from(2);
  victim.answers = false;
  simulation.announce(victim, 0, 0);
  simulation.run_out(50);
  // Not compressed here, so each byte earns more than it costs, and all of it is relayed.
  simulation.announce(attacker, 0, 3);
  simulation.run_out(50);
  EXPECT_EQ(simulation.counted(Counter::offers_over_credit), 0U);
  EXPECT_EQ(victim.offers_taken, 1U);
}

}  // namespace
}  // namespace gyre::ws
