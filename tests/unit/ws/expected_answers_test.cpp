#include "ws/expected_answers.hpp"

#include <gtest/gtest.h>

namespace gyre::ws {
namespace {

constexpr PeerHandle alice{1, 10};
constexpr PeerHandle bob{2, 20};
constexpr std::uint32_t count_max = 1 << 22;

PeerId peer_id(std::uint8_t number) {
  PeerId id;
  id.bytes[0] = std::byte{number};
  return id;
}

TEST(ExpectedAnswers, ExpectsOneAnswerFromTheReceiver) {
  ExpectedAnswers answers({1, 2}, 120, count_max);
  answers.add(bob, peer_id(1), "offer", alice, 100);
  EXPECT_FALSE(answers.take(alice, peer_id(1), "offer", 101));
  EXPECT_FALSE(answers.take({bob.index, bob.generation + 1}, peer_id(1), "offer", 101));
  EXPECT_FALSE(answers.take(bob, peer_id(2), "offer", 101));
  EXPECT_FALSE(answers.take(bob, peer_id(1), "offeR", 101));
  EXPECT_EQ(answers.take(bob, peer_id(1), "offer", 101), alice);
  EXPECT_FALSE(answers.take(bob, peer_id(1), "offer", 101));
  EXPECT_EQ(answers.count(), 0U);
}

TEST(ExpectedAnswers, RemembersOffersForTheirAge) {
  for (const Seconds added : {0U, 119U, 120U, 500U}) {
    ExpectedAnswers answers({1, 2}, 120, count_max);
    answers.add(bob, peer_id(1), "kept", alice, added);
    EXPECT_EQ(answers.take(bob, peer_id(1), "kept", added + 119), alice) << added;
    answers.add(bob, peer_id(1), "forgotten", alice, added + 119);
    EXPECT_FALSE(answers.take(bob, peer_id(1), "forgotten", added + 119 + 241)) << added;
  }
}

TEST(ExpectedAnswers, ForgetsWhileIdle) {
  ExpectedAnswers answers({1, 2}, 120, count_max);
  answers.add(bob, peer_id(1), "offer", alice, 100);
  answers.age(150);
  EXPECT_EQ(answers.count(), 1U);
  answers.age(400);
  EXPECT_EQ(answers.count(), 0U);
}

TEST(ExpectedAnswers, ForgetsTheOldestBeyondTheLimit) {
  ExpectedAnswers answers({1, 2}, 120, 1000);
  for (int i = 0; i < 10'000; ++i) {
    const std::string offer_id = std::to_string(i);
    answers.add(bob, peer_id(1), offer_id, alice, 5);
    ASSERT_LE(answers.count(), 1000U);
    if (i < 499) continue;
    ASSERT_TRUE(answers.take(bob, peer_id(1), std::to_string(i - 499), 5)) << i;
  }
}

}  // namespace
}  // namespace gyre::ws
