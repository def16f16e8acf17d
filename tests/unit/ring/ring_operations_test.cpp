// Sending, polling and cancelling on the kernel's own ring.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>
#include <set>

#include "common/base/event_fd.hpp"
#include "common/ring/ring.hpp"
#include "ring_harness.hpp"

namespace gyre::ring {
namespace {

using test::Client;
using test::Message;

TEST(RingCreate, ErrorsSayWhatTheSystemLacks) {
  const auto ring = Ring::create({.submission_entries = 0});
  ASSERT_FALSE(ring);
  EXPECT_EQ(ring.error().find("cannot set up io_uring (Invalid argument): "), 0U) << ring.error();
}

TEST(RingWait, EndsAtItsTimeout) {
  Ring ring = test::make_ring({}, {});
  EXPECT_TRUE(ring.wait(0));
  EXPECT_TRUE(ring.wait(1'000'000));
  EXPECT_TRUE(ring.take_completions().empty());
}

TEST(RingSendNow, SuccessHasNoCompletion) {
  const Client sender("127.0.0.1:0");
  const Client receiver("127.0.0.1:0");
  Ring ring = test::make_ring({}, {sender.fd()});
  const Message message("hello", receiver.address());
  ring.send_now(0, message.header(), 7);
  ASSERT_TRUE(ring.submit());
  EXPECT_EQ(test::receive_now(receiver.fd()), "hello");
  EXPECT_TRUE(test::take_now(ring).empty());
}

TEST(RingSendNow, FailureCompletesWhenSubmitReturns) {
  const Client sender("127.0.0.1:0");
  Ring ring = test::make_ring({}, {sender.fd()});
  const Message nowhere("hello");
  ring.send_now(0, nowhere.header(), 7);
  ASSERT_TRUE(ring.submit());
  const auto completions = ring.take_completions();
  ASSERT_EQ(completions.size(), 1U);
  EXPECT_EQ(completions[0].token, 7U);
  EXPECT_EQ(completions[0].result, -EDESTADDRREQ);
  EXPECT_FALSE(completions[0].more());
  EXPECT_FALSE(completions[0].buffer_id());
}

TEST(RingSendNow, MoreOperationsThanSubmissionEntriesInOneTurn) {
  constexpr std::size_t count = 100;
  const Client sender("127.0.0.1:0");
  const Client receiver("127.0.0.1:0");
  Ring ring = test::make_ring({.submission_entries = 4, .completion_entries = 8}, {sender.fd()});
  std::vector<std::unique_ptr<Message>> messages;
  for (std::size_t i = 0; i < count; ++i) {
    messages.push_back(std::make_unique<Message>(std::to_string(i), receiver.address()));
    ring.send_now(0, messages.back()->header(), i);
  }
  ASSERT_TRUE(ring.submit());
  EXPECT_TRUE(test::take_now(ring).empty());
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_EQ(test::receive_now(receiver.fd()), std::to_string(i));
  }
}

TEST(RingSendNow, MoreFailuresThanCompletionEntriesInOneTurn) {
  constexpr std::uint64_t count = 100;
  const Client sender("127.0.0.1:0");
  Ring ring = test::make_ring({.submission_entries = 4, .completion_entries = 8}, {sender.fd()});
  const Message nowhere("hello");
  for (std::uint64_t token = 0; token < count; ++token) ring.send_now(0, nowhere.header(), token);
  std::set<std::uint64_t> tokens;
  for (const Completion& completion : test::take(ring, count)) {
    EXPECT_EQ(completion.result, -EDESTADDRREQ);
    EXPECT_TRUE(tokens.insert(completion.token).second);
  }
  EXPECT_EQ(tokens.size(), count);
  EXPECT_GT(ring.overflow_count(), 0U);
}

// Both ends of a socket whose send buffer holds bytes until they are read. A UDP socket on loopback
// does not: its bytes go to the receiver's buffer at once.
struct HoldingPair {
  Fd sender;
  Fd receiver;

  HoldingPair() {
    int fds[2] = {};
    CHECK(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds) == 0);
    sender = Fd(fds[0]);
    receiver = Fd(fds[1]);
    const int size = 4096;
    CHECK(::setsockopt(sender.get(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == 0);
  }
};

// Fills the send buffer, and returns how many datagrams went.
std::size_t fill(Ring& ring, const Message& message) {
  for (std::size_t sent = 0; sent < 1000; ++sent) {
    ring.send_now(0, message.header(), 5);
    EXPECT_TRUE(ring.submit());
    const auto completions = ring.take_completions();
    if (completions.empty()) continue;
    EXPECT_EQ(completions.size(), 1U);
    EXPECT_EQ(completions[0].result, -EAGAIN);
    return sent;
  }
  ADD_FAILURE() << "the socket took everything";
  return 0;
}

TEST(RingSend, FullSendBufferFailsAtOnceAndDrainsLater) {
  const HoldingPair pair;
  Ring ring = test::make_ring({}, {pair.sender.get()});
  const Message message(std::string(1000, 'x'));
  const std::size_t taken = fill(ring, message);
  EXPECT_GE(taken, 1U);

  const Message late("late");
  ring.send_when_possible(0, late.header(), 6);
  EXPECT_TRUE(test::take_now(ring).empty()) << "it waits";
  for (std::size_t i = 0; i < taken; ++i) {
    EXPECT_EQ(test::receive_now(pair.receiver.get()).size(), 1000U);
  }
  const auto completions = test::take(ring, 1);
  EXPECT_EQ(completions[0].token, 6U);
  EXPECT_EQ(completions[0].result, 4);
  EXPECT_EQ(test::receive_now(pair.receiver.get()), "late");
}

TEST(RingSend, WhenPossibleAlwaysCompletes) {
  const Client sender("127.0.0.1:0");
  const Client receiver("127.0.0.1:0");
  Ring ring = test::make_ring({}, {sender.fd()});
  const Message message("hello", receiver.address());
  ring.send_when_possible(0, message.header(), ~std::uint64_t{1});
  const auto completions = test::take(ring, 1);
  EXPECT_EQ(completions[0].token, ~std::uint64_t{1}) << "all bits of a token come back";
  EXPECT_EQ(completions[0].result, 5);
}

TEST(RingSend, FilesAreNamedByIndex) {
  const Client first("127.0.0.1:0");
  const Client second("127.0.0.1:0");
  const Client receiver("127.0.0.1:0");
  Ring ring = test::make_ring({}, {first.fd(), second.fd()});
  const Message message("x", receiver.address());
  ring.send_now(1, message.header(), 1);
  ASSERT_TRUE(ring.submit());
  test::Name from;
  EXPECT_EQ(receiver.receive(&from), "x");
  EXPECT_EQ(from.address(), second.address());
}

TEST(RingPoll, CompletesWhenReadable) {
  const auto event = EventFd::create();
  ASSERT_TRUE(event);
  Ring ring = test::make_ring({}, {});
  ring.poll_readable(event->fd(), 9);
  EXPECT_TRUE(test::take_now(ring).empty());
  event->signal();
  const auto completions = test::take(ring, 1);
  EXPECT_EQ(completions[0].token, 9U);
  EXPECT_GT(completions[0].result, 0);
}

TEST(RingCancel, CancelsOnlyThatOperation) {
  const auto one = EventFd::create();
  const auto other = EventFd::create();
  ASSERT_TRUE(one && other);
  Ring ring = test::make_ring({}, {});
  ring.poll_readable(one->fd(), 1);
  ring.poll_readable(other->fd(), 2);
  EXPECT_TRUE(test::take_now(ring).empty());
  ring.cancel(1);
  const auto cancelled = test::take(ring, 1);
  EXPECT_EQ(cancelled.size(), 1U);
  EXPECT_EQ(cancelled[0].token, 1U);
  EXPECT_EQ(cancelled[0].result, -ECANCELED);
  other->signal();
  EXPECT_EQ(test::take(ring, 1)[0].token, 2U);
}

TEST(RingCancel, OfNothingHasNoCompletion) {
  Ring ring = test::make_ring({}, {});
  ring.cancel(77);
  EXPECT_TRUE(test::take_now(ring).empty());
}

}  // namespace
}  // namespace gyre::ring
