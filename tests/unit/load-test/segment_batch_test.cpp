#include "load-test/udp/segment_batch.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <vector>

#include "common/base/fd.hpp"
#include "common/net/socket_name.hpp"
#include "load-test/udp/receiver.hpp"
#include "udp/limits.hpp"

namespace gyre::load_test::udp {
namespace {

// A socket to send from, connected to one that listens on loopback.
class SegmentBatchTest : public testing::Test {
 protected:
  SegmentBatchTest()
      : to_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
        from_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    net::SocketAddress address{Ipv4Address{{std::byte{127}, {}, {}, std::byte{1}}}, 0};
    net::SocketName name = net::socket_name_of(address);
    EXPECT_EQ(::bind(to_.get(), name.get(), name.size), 0);
    address.port = net::bound_port(to_.get());
    name = net::socket_name_of(address);
    EXPECT_EQ(::connect(from_.get(), name.get(), name.size), 0);
  }

  // Datagram `i` consists of bytes of that value.
  static void fill(SegmentBatch& batch, std::size_t count, std::size_t size) {
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_FALSE(batch.full());
      std::ranges::fill(batch.room().first(size), static_cast<std::byte>(i));
      batch.add(size);
    }
  }

  void expect_arrived(std::size_t count, std::size_t size) {
    for (std::size_t i = 0; i < count;) {
      pollfd watched{to_.get(), POLLIN, 0};
      ASSERT_EQ(::poll(&watched, 1, 20'000), 1) << "datagram " << i;
      const auto received = receiver_.receive(to_.get());
      ASSERT_TRUE(received);
      for (const auto datagram : *received) {
        ASSERT_EQ(datagram.size(), size);
        const auto value = static_cast<std::byte>(i++);
        EXPECT_TRUE(std::ranges::all_of(datagram, [&](std::byte byte) { return byte == value; }));
      }
    }
    const auto rest = receiver_.receive(to_.get());
    ASSERT_TRUE(rest);
    EXPECT_TRUE(rest->empty());
  }

  Fd to_;
  Fd from_;
  Receiver receiver_;
};

TEST_F(SegmentBatchTest, DatagramsArriveOneByOneInOrder) {
  for (const bool can : {can_segment(from_.get()), false}) {
    SegmentBatch batch;
    bool segment = can;
    for (const std::size_t count : {1U, 2U, 63U, 64U}) {
      for (const std::size_t size : {1U, 16U, 98U, 216U}) {
        fill(batch, count, size);
        EXPECT_EQ(batch.full(), count == SegmentBatch::datagrams_max);
        EXPECT_EQ(batch.send(from_.get(), segment), 0);
        EXPECT_TRUE(batch.empty());
        expect_arrived(count, size);
      }
    }
    EXPECT_EQ(segment, can);
  }
}

TEST_F(SegmentBatchTest, TheLongestScrapesLeaveInSeveralCalls) {
  const int buffer_size = 1 << 20;
  ASSERT_EQ(::setsockopt(to_.get(), SOL_SOCKET, SO_RCVBUF, &buffer_size, sizeof buffer_size), 0);
  SegmentBatch batch;
  bool segment = can_segment(from_.get());
  fill(batch, SegmentBatch::datagrams_max, gyre::udp::request_size_max);
  EXPECT_EQ(batch.send(from_.get(), segment), 0);
  expect_arrived(SegmentBatch::datagrams_max, gyre::udp::request_size_max);
}

TEST_F(SegmentBatchTest, DatagramsThatTheSocketRefusesStay) {
  SegmentBatch batch;
  bool segment = can_segment(from_.get());
  fill(batch, 3, 16);
  to_.reset();  // the first send is answered by a refusal, which the next one reports
  EXPECT_EQ(batch.send(from_.get(), segment), 0);
  fill(batch, 2, 16);
  EXPECT_EQ(batch.send(from_.get(), segment), ECONNREFUSED);
  EXPECT_FALSE(batch.empty());
  EXPECT_EQ(batch.send(from_.get(), segment), 0);
  EXPECT_TRUE(batch.empty());
}

TEST_F(SegmentBatchTest, AnEmptyBatchSendsNothing) {
  SegmentBatch batch;
  bool segment = true;
  EXPECT_EQ(batch.send(-1, segment), 0);
}

TEST_F(SegmentBatchTest, TheReceiverReportsARefusal) {
  to_.reset();
  const std::byte byte{};
  ASSERT_EQ(::send(from_.get(), &byte, 1, 0), 1);
  const auto received = receiver_.receive(from_.get());
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error(), ECONNREFUSED);
}

}  // namespace
}  // namespace gyre::load_test::udp
