#include "common/limits/fair_turns.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "common/base/random.hpp"

namespace gyre::limits {
namespace {

constexpr std::int32_t quantum = 1000;

// Somebody with pieces of work of one cost, served as transport does it.
struct Asker {
  FairTurns::Turn turn;
  std::uint64_t cost = 0;
  std::uint64_t pieces = 0;
  std::uint64_t served = 0;
};

class Line {
 public:
  Asker& add(std::uint16_t bucket, std::uint64_t cost) {
    askers_.push_back(std::make_unique<Asker>());
    askers_.back()->turn.bucket = bucket;
    askers_.back()->cost = cost;
    return *askers_.back();
  }
  void ask(Asker& asker, std::uint64_t pieces) {
    asker.pieces += pieces;
    if (!asker.turn.is_in_line()) turns.begin(asker.turn);
    turns.wait(asker.turn);
  }
  // Serves one piece and returns whose it was; null: nobody waits.
  Asker* serve() {
    FairTurns::Turn* turn = turns.next();
    if (turn == nullptr) return nullptr;
    const auto at =
        std::ranges::find_if(askers_, [&](const auto& asker) { return &asker->turn == turn; });
    Asker& asker = **at;
    turns.serve(*turn);
    --asker.pieces;
    asker.served += asker.cost;
    turns.charge(*turn, asker.cost);
    asker.pieces == 0 ? turns.finish(*turn) : turns.wait(*turn);
    return &asker;
  }

  FairTurns turns{quantum};

 private:
  std::vector<std::unique_ptr<Asker>> askers_;
};

TEST(FairTurns, NobodyWaitsAtFirst) {
  Line line;
  EXPECT_FALSE(line.turns.somebody_waits());
  EXPECT_EQ(line.turns.next(), nullptr);
  EXPECT_EQ(line.turns.greediest(), nullptr);
}

TEST(FairTurns, WhoAsksLittleComesNextWhoeverWaits) {
  Line line;
  for (std::uint16_t i = 0; i < 100; ++i) line.ask(line.add(5, 1600), 400);
  for (int i = 0; i < 250; ++i) line.serve();
  Asker& same_client = line.add(5, 20);
  Asker& other_client = line.add(6, 20);
  for (int round = 0; round < 20; ++round) {
    line.ask(same_client, 1);
    line.ask(other_client, 1);
    for (int i = 0; i < 4; ++i) line.serve();
    EXPECT_EQ(same_client.pieces, 0U);
    EXPECT_EQ(other_client.pieces, 0U);
    for (int i = 0; i < 200; ++i) line.serve();
  }
}

TEST(FairTurns, TimeIsSharedByClientsAndThenByTheirConnections) {
  Line line;
  std::vector<Asker*> many;
  for (int i = 0; i < 30; ++i) many.push_back(&line.add(1, 100 + 50 * (i % 3)));
  Asker& alone = line.add(2, 700);
  for (Asker* asker : many) line.ask(*asker, 1'000'000);
  line.ask(alone, 1'000'000);
  for (int i = 0; i < 100'000; ++i) line.serve();
  std::uint64_t of_many = 0;
  for (const Asker* asker : many) of_many += asker->served;
  EXPECT_NEAR(static_cast<double>(of_many) / static_cast<double>(alone.served), 1.0, 0.02);
  for (const Asker* asker : many) {
    EXPECT_NEAR(static_cast<double>(asker->served) * 30 / static_cast<double>(of_many), 1.0, 0.1);
  }
}

TEST(FairTurns, AskingInSmallPiecesGainsNothing) {
  Line line;
  Asker& bulk = line.add(1, 400);
  line.ask(bulk, 1'000'000);
  Asker& sneaky = line.add(2, 400);  // never has more than one piece waiting
  for (int i = 0; i < 20'000; ++i) {
    if (sneaky.pieces == 0) line.ask(sneaky, 1);
    line.serve();
  }
  EXPECT_LT(sneaky.served, 2 * bulk.served);
  Asker& sneaky_of_same = line.add(1, 400);
  const std::uint64_t before = bulk.served;
  for (int i = 0; i < 20'000; ++i) {
    if (sneaky_of_same.pieces == 0) line.ask(sneaky_of_same, 1);
    line.serve();
  }
  EXPECT_LT(sneaky_of_same.served, 2 * (bulk.served - before));
}

TEST(FairTurns, TheGreediestIsOneWhoWasServedAndWaits) {
  Line line;
  Asker& little = line.add(1, 10);
  Asker& much = line.add(2, 5000);
  line.ask(much, 100);
  line.ask(little, 1);
  while (line.turns.greediest() == nullptr) ASSERT_NE(line.serve(), nullptr);
  EXPECT_EQ(line.turns.greediest(), &much.turn);
  line.turns.remove(much.turn);
  EXPECT_EQ(line.turns.greediest(), nullptr);
}

// Whatever happens: as long as somebody waits somebody is served, and nobody who does not wait.
TEST(FairTurns, IsWorkConservingUnderRandomUse) {
  Random random(7);
  Line line;
  std::vector<Asker*> askers;
  for (int i = 0; i < 60; ++i) {
    askers.push_back(
        &line.add(static_cast<std::uint16_t>(random.below(9)), 1 + random.below(9000)));
  }
  std::uint64_t asked = 0;
  std::uint64_t served = 0;
  for (int step = 0; step < 50'000; ++step) {
    Asker& asker = *askers[random.below(60)];
    switch (random.below(4)) {
      case 0: {
        const std::uint64_t pieces = 1 + random.below(3);
        asked += pieces;
        line.ask(asker, pieces);
        break;
      }
      case 1:
        if (random.below(10) > 0) break;
        asked -= std::exchange(asker.pieces, 0);
        line.turns.remove(asker.turn);
        break;
      default:
        if (asked == served) {
          ASSERT_EQ(line.turns.next(), nullptr);
          break;
        }
        ASSERT_NE(line.serve(), nullptr);
        ++served;
    }
    ASSERT_EQ(line.turns.somebody_waits(), asked > served);
  }
}

}  // namespace
}  // namespace gyre::limits
