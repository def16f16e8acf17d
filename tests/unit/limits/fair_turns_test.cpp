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

// A connection with jobs of equal cost, served as common/connection does.
struct Client {
  FairTurns::Turn turn;
  std::uint64_t cost = 0;
  std::uint64_t jobs = 0;
  std::uint64_t served = 0;
};

class Line {
 public:
  Client& add(std::uint16_t bucket, std::uint64_t cost) {
    clients_.push_back(std::make_unique<Client>());
    clients_.back()->turn.bucket = bucket;
    clients_.back()->cost = cost;
    return *clients_.back();
  }
  void ask(Client& client, std::uint64_t jobs) {
    client.jobs += jobs;
    if (!client.turn.is_in_line()) turns.begin(client.turn);
    turns.wait(client.turn);
  }
  // Does one job and returns whose it was; null if nobody waits.
  Client* serve() {
    FairTurns::Turn* turn = turns.next();
    if (turn == nullptr) return nullptr;
    const auto at =
        std::ranges::find_if(clients_, [&](const auto& client) { return &client->turn == turn; });
    Client& client = **at;
    turns.serve(*turn);
    --client.jobs;
    client.served += client.cost;
    turns.charge(*turn, client.cost);
    client.jobs == 0 ? turns.finish(*turn) : turns.wait(*turn);
    return &client;
  }

  FairTurns turns{quantum};

 private:
  std::vector<std::unique_ptr<Client>> clients_;
};

TEST(FairTurns, IsEmptyAtFirst) {
  Line line;
  EXPECT_FALSE(line.turns.any_waiting());
  EXPECT_EQ(line.turns.next(), nullptr);
  EXPECT_EQ(line.turns.greediest(), nullptr);
}

TEST(FairTurns, LightUsersAreServedNext) {
  Line line;
  for (std::uint16_t i = 0; i < 100; ++i) line.ask(line.add(5, 1600), 400);
  for (int i = 0; i < 250; ++i) line.serve();
  Client& same_client = line.add(5, 20);
  Client& other_client = line.add(6, 20);
  for (int round = 0; round < 20; ++round) {
    line.ask(same_client, 1);
    line.ask(other_client, 1);
    for (int i = 0; i < 4; ++i) line.serve();
    EXPECT_EQ(same_client.jobs, 0U);
    EXPECT_EQ(other_client.jobs, 0U);
    for (int i = 0; i < 200; ++i) line.serve();
  }
}

TEST(FairTurns, TimeIsSharedByClientThenByConnection) {
  Line line;
  std::vector<Client*> many;
  for (int i = 0; i < 30; ++i) many.push_back(&line.add(1, 100 + 50 * (i % 3)));
  Client& alone = line.add(2, 700);
  for (Client* client : many) line.ask(*client, 1'000'000);
  line.ask(alone, 1'000'000);
  for (int i = 0; i < 100'000; ++i) line.serve();
  std::uint64_t of_many = 0;
  for (const Client* client : many) of_many += client->served;
  EXPECT_NEAR(static_cast<double>(of_many) / static_cast<double>(alone.served), 1.0, 0.02);
  for (const Client* client : many) {
    EXPECT_NEAR(static_cast<double>(client->served) * 30 / static_cast<double>(of_many), 1.0, 0.1);
  }
}

TEST(FairTurns, AskingInPiecesGainsNothing) {
  Line line;
  Client& bulk = line.add(1, 400);
  line.ask(bulk, 1'000'000);
  Client& sneaky = line.add(2, 400);  // never has more than one job waiting
  for (int i = 0; i < 20'000; ++i) {
    if (sneaky.jobs == 0) line.ask(sneaky, 1);
    line.serve();
  }
  EXPECT_LT(sneaky.served, 2 * bulk.served);
  Client& sneaky_of_same = line.add(1, 400);
  const std::uint64_t before = bulk.served;
  for (int i = 0; i < 20'000; ++i) {
    if (sneaky_of_same.jobs == 0) line.ask(sneaky_of_same, 1);
    line.serve();
  }
  EXPECT_LT(sneaky_of_same.served, 2 * (bulk.served - before));
}

TEST(FairTurns, GreediestWasServedAndWaits) {
  Line line;
  Client& little = line.add(1, 10);
  Client& much = line.add(2, 5000);
  line.ask(much, 100);
  line.ask(little, 1);
  while (line.turns.greediest() == nullptr) ASSERT_NE(line.serve(), nullptr);
  EXPECT_EQ(line.turns.greediest(), &much.turn);
  line.turns.remove(much.turn);
  EXPECT_EQ(line.turns.greediest(), nullptr);
}

// While somebody waits, somebody is served, and only those who wait.
TEST(FairTurns, IsWorkConservingUnderRandomUse) {
  Random random(7);
  Line line;
  std::vector<Client*> askers;
  for (int i = 0; i < 60; ++i) {
    askers.push_back(
        &line.add(static_cast<std::uint16_t>(random.below(9)), 1 + random.below(9000)));
  }
  std::uint64_t requested = 0;
  std::uint64_t served = 0;
  for (int step = 0; step < 50'000; ++step) {
    Client& client = *askers[random.below(60)];
    switch (random.below(4)) {
      case 0: {
        const std::uint64_t jobs = 1 + random.below(3);
        requested += jobs;
        line.ask(client, jobs);
        break;
      }
      case 1:
        if (random.below(10) > 0) break;
        requested -= std::exchange(client.jobs, 0);
        line.turns.remove(client.turn);
        break;
      default:
        if (requested == served) {
          ASSERT_EQ(line.turns.next(), nullptr);
          break;
        }
        ASSERT_NE(line.serve(), nullptr);
        ++served;
    }
    ASSERT_EQ(line.turns.any_waiting(), requested > served);
  }
}

}  // namespace
}  // namespace gyre::limits
