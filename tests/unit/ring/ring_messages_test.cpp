// Messages between rings of different threads.
#include <gtest/gtest.h>

#include <cerrno>
#include <future>
#include <thread>

#include "ring_harness.hpp"

namespace gyre::ring {
namespace {

constexpr std::uint64_t token = 5;
constexpr std::uint64_t own_token = 6;

TEST(RingMessages, TheKernelSupportsThem) {
  Ring ring = test::make_ring({}, {});
  const auto checked = ring.check_messages();
  EXPECT_TRUE(checked) << checked.error();
  EXPECT_TRUE(test::take_now(ring).empty());
}

TEST(RingMessages, WakesAWaitingThread) {
  std::promise<RingId> id;
  std::vector<Completion> received;
  std::thread owner([&] {
    Ring ring = test::make_ring({}, {});
    id.set_value(ring.id());
    received = test::take(ring, 3);
  });
  Ring ring = test::make_ring({}, {});
  const RingId other = id.get_future().get();
  for (int i = 0; i < 3; ++i) {
    ring.send_message(other, token, own_token);
    ASSERT_TRUE(ring.submit());
  }
  owner.join();
  ASSERT_EQ(received.size(), 3U);
  for (const Completion& completion : received) {
    EXPECT_EQ(completion.token, token);
    EXPECT_EQ(completion.result, 0);
    EXPECT_FALSE(completion.more());
  }
  EXPECT_TRUE(test::take_now(ring).empty()) << "success has no completion here";
}

TEST(RingMessages, ToAClosedRingFails) {
  Ring ring = test::make_ring({}, {});
  RingId gone = 0;
  {
    const Ring other = test::make_ring({}, {});
    gone = other.id();
  }
  ring.send_message(gone, token, own_token);
  const auto completions = test::take(ring, 1);
  ASSERT_EQ(completions.size(), 1U);
  EXPECT_EQ(completions[0].token, own_token);
  EXPECT_TRUE(completions[0].result == -EBADF || completions[0].result == -EBADFD)
      << completions[0].result;
}

}  // namespace
}  // namespace gyre::ring
