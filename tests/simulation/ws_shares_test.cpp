// What one client of the WebSocket tracker can take from the others: nothing that they would
// notice.
#include <gtest/gtest.h>

#include "tests/simulation/ws_simulation.hpp"

namespace gyre::ws {
namespace {

using connection::CloseReason;
using test::Browser;
using test::WsSimulation;

constexpr std::uint64_t second_ns = 1'000'000'000;

void run_for(WsSimulation& simulation, std::uint64_t seconds) {
  constexpr std::uint64_t turns = 20;
  for (std::uint64_t i = 0; i < turns * seconds; ++i) {
    for (const auto& browser : simulation.browsers) {
      simulation.send(*browser, 100'000);
      simulation.take(*browser, 100'000);
    }
    simulation.turn(second_ns / turns);
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

// However many connections it has.
TEST(WsShares, TheRequestsOfAnAddressAreBounded) {
  WorkerOptions options = test::unlimited();
  options.config.limits.requests_per_second_per_address = 1;  // 400 at once
  for (const bool is_public : {true, false}) {
    WsSimulation simulation(5, options);
    if (is_public) simulation.network = std::byte{8};
    std::uint64_t failures = 0;
    std::vector<Browser*> browsers;
    for (int i = 0; i < 8; ++i) browsers.push_back(&simulation.connect_from(77));
    Browser& neighbour = simulation.connect_from(78);
    for (Browser* browser : browsers) {
      for (std::uint32_t i = 0; i < 150; ++i) {
        simulation.announce(*browser, i % test::torrent_count, 0);
      }
    }
    simulation.announce(neighbour, 1, 0);
    run_for(simulation, 10);
    for (const Browser* browser : browsers) failures += browser->failures;
    EXPECT_EQ(neighbour.failures, 0U);
    EXPECT_EQ(failures > 0, is_public) << failures;
    if (!is_public) continue;
    // In each worker 400 at once, and 1 per second.
    EXPECT_GE(failures, 1200U - test::worker_count * 411);
    EXPECT_LE(failures, 1200U - 400);
    EXPECT_EQ(simulation.counted(Counter::failure_over_rate), failures);
  }
}

// All of one address, more than there is room for, and never quite silent.
TEST(WsShares, SilentWebSocketsTakeNobodysPlace) {
  WorkerOptions options = test::unlimited();
  options.connections.connections_max = 32;
  WsSimulation simulation(2, options);
  std::vector<Browser*> crowd;
  for (int i = 0; i < 40; ++i) {
    crowd.push_back(&simulation.connect_from(77));
    run_for(simulation, 1);
  }
  std::size_t served = 0;
  for (std::uint8_t i = 0; i < 20; ++i) {
    Browser& honest = simulation.connect_from(static_cast<std::uint8_t>(100 + i));
    simulation.announce(honest, i % test::torrent_count, 0);
    crowd.push_back(&simulation.connect_from(77));
    for (Browser* browser : crowd) simulation.say_frame(*browser, Opcode::pong, true, "");
    run_for(simulation, 1);
    const bool is_served = honest.replies_due[test::info_hash_of(i % test::torrent_count)] == 0;
    served += is_served && !simulation.client(honest).worker_closed ? 1 : 0;
  }
  EXPECT_EQ(served, 20U);
}

// One that has had its first announce, and then left its swarms, goes before those who have peers.
TEST(WsShares, WhoHasNoPeersIsEvictedBeforeThoseWhoHave) {
  WorkerOptions options = test::unlimited();
  options.connections.connections_max = 16;
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
  EXPECT_EQ(evicted, 8U);  // by whichever worker has them
  EXPECT_EQ(simulation.closed(CloseReason::over_limit), 0U);
}

// All of one address, each with a peer. Where others want a place, it loses the oldest.
TEST(WsShares, OneAddressDoesNotKeepAllPlaces) {
  WorkerOptions options = test::unlimited();
  options.connections.connections_max = 64;
  WsSimulation simulation(6, options);
  for (int i = 0; i < 64; ++i) {
    simulation.announce(simulation.connect_from(77), 0, 0);
    run_for(simulation, 1);
  }
  Browser& same = simulation.connect_from(77);
  simulation.announce(same, 0, 0);
  run_for(simulation, 1);
  EXPECT_TRUE(simulation.client(same).worker_closed);
  std::size_t served = 0;
  for (std::uint8_t i = 0; i < 20; ++i) {
    Browser& honest = simulation.connect_from(static_cast<std::uint8_t>(100 + i));
    simulation.announce(honest, 0, 0);
    run_for(simulation, 1);
    if (honest.replies_due[test::info_hash_of(0)] == 0) ++served;
  }
  EXPECT_EQ(served, 20U);
}

// The simulated clock stands still within a turn: what is charged by size must be enough.
TEST(WsShares, WhoAsksLittleIsServedBetweenThoseWhoAskForMuch) {
  constexpr int messages = 150;
  WorkerOptions options = test::unlimited();
  options.connections.send_slot_count = 64;
  WsSimulation simulation(4, options);
  std::vector<Browser*> attackers;
  for (int i = 0; i < 20; ++i) {
    attackers.push_back(&simulation.connect_from(50, true));
    simulation.announce(*attackers.back(), 0, 0);
  }
  Browser& honest = simulation.connect_from(50);
  simulation.announce(honest, 0, 0);
  simulation.run_out(300);
  ASSERT_EQ(honest.replies_due[test::info_hash_of(0)], 0);
  const std::string message =
      R"({"action":"scrape","info_hash":[],"x":")" + std::string(120'000, 'x') + "\"}";
  for (Browser* attacker : attackers) {
    for (int i = 0; i < messages; ++i) simulation.say_compressed(*attacker, message);
    attacker->replies_due[""] = messages;
  }
  const auto replies = [&] {
    int count = 0;
    for (Browser* attacker : attackers) count += messages - attacker->replies_due[""];
    return count;
  };
  const auto turn = [&] {
    for (const auto& browser : simulation.browsers) {
      simulation.send(*browser, 1'000'000);
      simulation.take(*browser, 1'000'000);
    }
    for (const auto& worker : simulation.workers) {
      ASSERT_TRUE(worker->turn(std::chrono::milliseconds(1)));
    }
    test::simulated_now_ns += 1'000'000;
  };
  std::vector<int> turns_waited;
  while (replies() < 20 * messages) {
    simulation.announce(honest, 0, 0);
    turns_waited.push_back(0);
    while (honest.replies_due[test::info_hash_of(0)] > 0) {
      ASSERT_LT(++turns_waited.back(), 20) << replies() << " " << turns_waited.size();
      turn();
    }
    ASSERT_LT(turns_waited.size(), 1000U);
  }
  EXPECT_GT(turns_waited.size(), 10U);
  std::ranges::sort(turns_waited);
  EXPECT_LE(turns_waited[turns_waited.size() / 2], 4);
}

// What a compressed message may have relayed is earned by its size as it came.
TEST(WsShares, NobodyHasMuchRelayedForLittle) {
  WsSimulation simulation(5);
  Browser& attacker = simulation.connect_from(1, true);
  Browser& victim = simulation.connect_from(2);
  victim.answers = false;
  simulation.announce(victim, 0, 0);
  simulation.announce(attacker, 0, 0);
  simulation.run_out(50);
  const std::string filler(50'000, 'x');
  std::uint64_t sent = 0;
  for (int i = 0; i < 100; ++i) {
    const std::size_t before = attacker.to_send.size();
    const bool has_long_id = i % 2 == 1;
    const std::string offer_id = "A" + std::to_string(i) + (has_long_id ? filler : "");
    simulation.say_compressed(
        attacker, R"({"action":"announce","info_hash":")" + test::info_hash_of(0) +
                      R"(","peer_id":")" + test::peer_id_of(attacker) +
                      R"(","left":1,"offers":[{"offer":{"type":"offer","sdp":"sdp-)" + offer_id +
                      (has_long_id ? "" : filler) + R"("},"offer_id":")" + offer_id + R"("}]})");
    sent += attacker.to_send.size() - before;
    ++attacker.replies_due[test::info_hash_of(0)];
    simulation.run_out(20);
  }
  const std::uint64_t relayed = victim.offers_taken * filler.size();
  EXPECT_GT(victim.offers_taken, 1U);
  EXPECT_LE(relayed, relay_credit_at_first + relay_credit_per_byte * sent);
  EXPECT_GT(simulation.counted(Counter::offers_over_credit), 50U);
  EXPECT_EQ(attacker.replies_due[test::info_hash_of(0)], 0);
}

}  // namespace
}  // namespace gyre::ws
