#include "common/ring/reply_slots.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "common/ring/buffer_ring.hpp"
#include "tests/simulation/simulated_ring.hpp"

namespace gyre::ring {
namespace {

constexpr std::uint64_t token_base = 1000;

struct Fixture {
  simulation::Kernel kernel{1};
  Ring ring = std::move(*Ring::create({}));
  ReplySlots slots{ring, 4, 64, token_base};
  std::array<std::byte, sizeof(sockaddr_in)> source{};
  ReceivedDatagram request{.source = source, .control = {}, .payload = {}};

  Fixture() { EXPECT_TRUE(ring.register_files(std::array{3})); }

  ReplySlots::Index send_one() {
    const auto index = slots.acquire();
    EXPECT_TRUE(index);
    slots.send(*index, 8, request, 0);
    return *index;
  }
  std::vector<ReplySlots::Outcome> turn() {
    EXPECT_TRUE(ring.wait(0));
    std::vector<ReplySlots::Outcome> outcomes;
    for (const auto& completion : ring.take_completions()) {
      outcomes.push_back(slots.complete(completion));
    }
    slots.settle();
    slots.check_invariants();
    return outcomes;
  }
};

TEST(ReplySlots, EachSlotIsAcquiredOnce) {
  Fixture fixture;
  std::set<ReplySlots::Index> held;
  while (const auto index = fixture.slots.acquire()) EXPECT_TRUE(held.insert(*index).second);
  fixture.slots.check_invariants();
  EXPECT_EQ(held.size(), 4U);
  for (const auto index : held) fixture.slots.release(index);
  EXPECT_EQ(fixture.slots.free_count(), 4U);
}

TEST(ReplySlots, SentAtOnceIsFreeAfterTheTurn) {
  Fixture fixture;
  fixture.send_one();
  EXPECT_EQ(fixture.slots.free_count(), 3U);
  EXPECT_TRUE(fixture.turn().empty());
  EXPECT_EQ(fixture.slots.free_count(), 4U);
  EXPECT_EQ(fixture.kernel.sent.size(), 1U);
}

TEST(ReplySlots, FullSocketDelaysButLosesNothing) {
  Fixture fixture;
  fixture.kernel.faults = {.send_would_block = 1000, .send_waits_on = 1000};
  fixture.send_one();
  EXPECT_EQ(fixture.turn(), std::vector{ReplySlots::Outcome::delayed});
  EXPECT_EQ(fixture.slots.waiting_count(), 1U);
  EXPECT_TRUE(fixture.turn().empty());
  EXPECT_EQ(fixture.slots.free_count(), 3U);
  fixture.kernel.faults = {};
  EXPECT_EQ(fixture.turn(), std::vector{ReplySlots::Outcome::sent});
  EXPECT_EQ(fixture.slots.free_count(), 4U);
  EXPECT_EQ(fixture.slots.waiting_count(), 0U);
  EXPECT_EQ(fixture.kernel.sent.size(), 1U);
}

TEST(ReplySlots, FailureFreesTheSlot) {
  Fixture fixture;
  fixture.kernel.faults = {.send_fails = 1000};
  fixture.send_one();
  EXPECT_EQ(fixture.turn(), std::vector{ReplySlots::Outcome::failed});
  EXPECT_EQ(fixture.slots.free_count(), 4U);
  EXPECT_TRUE(fixture.kernel.sent.empty());
}

TEST(BufferRing, LeasesGoBackOnce) {
  simulation::Kernel kernel(1);
  Ring ring = std::move(*Ring::create({}));
  auto buffers = BufferRing::create(ring, 4, 64);
  ASSERT_TRUE(buffers);
  EXPECT_EQ(kernel.provided_buffers, 4U);
  ASSERT_TRUE(ring.register_files(std::array{3}));
  msghdr shape = receive_shape(false);
  ring.receive_datagrams(0, &shape, 1);
  kernel.deliver(0, {std::vector<std::byte>(16), std::vector<std::byte>(5, std::byte{42})});
  ASSERT_TRUE(ring.wait(0));
  const auto completions = ring.take_completions();
  ASSERT_EQ(completions.size(), 1U);
  EXPECT_EQ(kernel.provided_buffers, 3U);
  {
    BufferLease lease = buffers->lease(*completions[0].buffer_id(),
                                       static_cast<std::size_t>(completions[0].result));
    const BufferLease moved = std::move(lease);
    EXPECT_EQ(buffers->leased_count(), 1U);
    buffers->check_invariants();
    const auto datagram = parse_received(moved.bytes(), shape);
    ASSERT_TRUE(datagram);
    EXPECT_EQ(datagram->payload.size(), 5U);
    EXPECT_EQ(datagram->payload[4], std::byte{42});
  }
  EXPECT_EQ(buffers->leased_count(), 0U);
  buffers->check_invariants();
  buffers->publish();
  EXPECT_EQ(kernel.provided_buffers, 4U);
}

}  // namespace
}  // namespace gyre::ring
