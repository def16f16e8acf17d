// Receiving into provided buffers on the kernel's own ring, including when it runs out of buffers
// or completion entries.
#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "common/ring/buffer_ring.hpp"
#include "common/ring/datagram.hpp"
#include "ring_harness.hpp"

namespace gyre::ring {
namespace {

using test::Client;

// For datagrams without control messages, whose space goes to the payload.
constexpr std::size_t payload_size = 64;
constexpr std::size_t buffer_size = receive_overhead - packet_info_size + payload_size;

// A server that keeps the texts it received, with one receive armed.
class Receiver {
 public:
  Receiver(const RingOptions& options, std::uint32_t buffer_count)
      : ring_(test::make_ring(options, {socket.fd()})),
        buffers_(std::move(*BufferRing::create(ring_, buffer_count, buffer_size))) {
    arm();
  }

  void arm() { ring_.receive_datagrams(0, &shape_, 3); }

  // Takes datagrams, re-arming as needed, until `count` have come.
  void take(std::size_t count) {
    while (received.size() < count) {
      for (const Completion& completion : test::take(ring_, 1)) handle(completion);
      if (testing::Test::HasFailure()) return;
      buffers_.publish();
    }
  }

  void handle(const Completion& completion) {
    EXPECT_EQ(completion.token, 3U);
    if (!completion.more()) {
      ++ends;
      arm();
    }
    if (completion.result < 0) return errors.push_back(completion.result);
    const auto id = completion.buffer_id();
    ASSERT_TRUE(id);
    const BufferLease lease = buffers_.lease(*id, static_cast<std::size_t>(completion.result));
    const auto datagram = parse_received(lease.bytes(), shape_);
    ASSERT_TRUE(datagram);
    received.emplace_back(reinterpret_cast<const char*>(datagram->payload.data()),
                          datagram->payload.size());
    sources.push_back(source_of(*datagram));
  }

  Ring& ring() { return ring_; }
  BufferRing& buffers() { return buffers_; }

  Client socket{"127.0.0.1:0"};
  std::vector<std::string> received;
  std::vector<net::SocketAddress> sources;
  std::vector<int> errors;
  std::size_t ends = 0;

 private:
  msghdr shape_ = receive_shape(false);
  Ring ring_;
  BufferRing buffers_;
};

void send_numbers(const Client& client, const net::SocketAddress& to, int count) {
  for (int i = 0; i < count; ++i) client.send(std::to_string(i), to);
}

TEST(RingReceive, DatagramsCarryTheirSource) {
  Receiver receiver({}, 8);
  const Client client("127.0.0.1:0");
  client.send("hello", receiver.socket.address());
  client.send("again", receiver.socket.address());
  receiver.take(2);
  EXPECT_EQ(receiver.received, (std::vector<std::string>{"hello", "again"}));
  ASSERT_EQ(receiver.sources.size(), 2U);
  EXPECT_EQ(receiver.sources[0], client.address());
  EXPECT_EQ(receiver.ends, 0U) << "one multishot receives many datagrams";
}

// Empty datagrams end a multishot; whoever re-arms it gets all of them.
TEST(RingReceive, EmptyDatagramsAreDatagrams) {
  Receiver receiver({}, 8);
  const Client client("127.0.0.1:0");
  for (const char* text : {"", "one", "", "", "two"}) {
    client.send(text, receiver.socket.address());
  }
  receiver.take(5);
  EXPECT_EQ(receiver.received, (std::vector<std::string>{"", "one", "", "", "two"}));
}

TEST(RingReceive, LongDatagramsAreTruncated) {
  Receiver receiver({}, 8);
  const Client client("127.0.0.1:0");
  client.send(std::string(payload_size, 'a'), receiver.socket.address());
  client.send(std::string(payload_size + 1, 'b'), receiver.socket.address());
  client.send(std::string(1400, 'c'), receiver.socket.address());
  receiver.take(3);
  for (const std::string& text : receiver.received) EXPECT_EQ(text.size(), payload_size);
}

TEST(RingReceive, BuffersAreReused) {
  Receiver receiver({}, 4);
  const Client client("127.0.0.1:0");
  for (std::size_t i = 0; i < 100; ++i) {
    client.send(std::to_string(i), receiver.socket.address());
    receiver.take(i + 1);
    EXPECT_EQ(receiver.received.back(), std::to_string(i));
    EXPECT_EQ(receiver.buffers().leased_count(), 0U);
  }
  EXPECT_TRUE(receiver.errors.empty());
}

TEST(RingReceive, RunningOutOfBuffersLosesNothing) {
  Receiver receiver({}, 4);
  ASSERT_TRUE(receiver.ring().submit());
  const Client client("127.0.0.1:0");
  send_numbers(client, receiver.socket.address(), 10);
  const auto completions = test::take(receiver.ring(), 5);
  ASSERT_EQ(completions.size(), 5U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_TRUE(completions[i].more());
    EXPECT_TRUE(completions[i].buffer_id());
  }
  EXPECT_EQ(completions[4].result, -ENOBUFS);
  EXPECT_FALSE(completions[4].more());
  EXPECT_FALSE(completions[4].buffer_id());

  for (const Completion& completion : completions) receiver.handle(completion);
  receiver.buffers().publish();
  receiver.take(10);
  EXPECT_EQ(receiver.errors.front(), -ENOBUFS);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(receiver.received[static_cast<std::size_t>(i)], std::to_string(i));
}

TEST(RingReceive, CompletionOverflowLosesNothing) {
  constexpr int count = 200;
  Receiver receiver({.submission_entries = 2, .completion_entries = 4}, 256);
  ASSERT_TRUE(receiver.ring().submit());
  const Client client("127.0.0.1:0");
  send_numbers(client, receiver.socket.address(), count);
  receiver.take(count);
  EXPECT_GT(receiver.ends, 1U);
  EXPECT_GT(receiver.ring().overflow_count(), 0U);
  const std::set<std::string> different(receiver.received.begin(), receiver.received.end());
  EXPECT_EQ(different.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(receiver.buffers().leased_count(), 0U);
}

TEST(RingReceive, CancelledReceivesLeaveTheSocketAlone) {
  Receiver receiver({}, 4);
  ASSERT_TRUE(receiver.ring().submit());
  receiver.ring().cancel(3);
  const auto completions = test::take(receiver.ring(), 1);
  ASSERT_EQ(completions.size(), 1U);
  EXPECT_EQ(completions[0].result, -ECANCELED);
  EXPECT_FALSE(completions[0].more());
  const Client client("127.0.0.1:0");
  client.send("later", receiver.socket.address());
  EXPECT_TRUE(test::take_now(receiver.ring()).empty());
  receiver.arm();
  receiver.take(1);
  EXPECT_EQ(receiver.received.back(), "later");
}

TEST(RingReceive, SocketsOfOneRingShareItsBuffers) {
  const Client first("127.0.0.1:0");
  const Client second("[::1]:0");
  Ring ring = test::make_ring({}, {first.fd(), second.fd()});
  auto buffers = BufferRing::create(ring, 4, buffer_size);
  ASSERT_TRUE(buffers) << buffers.error();
  msghdr shape = receive_shape(false);
  ring.receive_datagrams(0, &shape, 100);
  ring.receive_datagrams(1, &shape, 101);
  const Client ipv4("127.0.0.1:0");
  const Client ipv6("[::1]:0");
  ipv4.send("four", first.address());
  ipv6.send("six", second.address());
  for (const Completion& completion : test::take(ring, 2)) {
    const BufferLease lease =
        buffers->lease(*completion.buffer_id(), static_cast<std::size_t>(completion.result));
    const auto datagram = parse_received(lease.bytes(), shape);
    ASSERT_TRUE(datagram);
    const bool is_first = completion.token == 100;
    EXPECT_EQ(datagram->payload.size(), is_first ? 4U : 3U);
    EXPECT_EQ(source_of(*datagram).family(), is_first ? Family::ipv4 : Family::ipv6);
  }
}

}  // namespace
}  // namespace gyre::ring
