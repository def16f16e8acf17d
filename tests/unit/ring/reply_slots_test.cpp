// Responses through the kernel's own ring: where they go, and from which address they leave.
#include "common/ring/reply_slots.hpp"

#include <gtest/gtest.h>

#include "common/net/udp_socket.hpp"
#include "common/ring/buffer_ring.hpp"
#include "ring_harness.hpp"

namespace gyre::ring {
namespace {

using test::Client;

constexpr std::uint64_t reply_tokens = 1000;
constexpr std::uint64_t receive_token = 1;

// Sends every datagram back to its source.
class Echo {
 public:
  explicit Echo(const net::UdpSocketOptions& options)
      : socket_(std::move(*net::bind_udp(options))),
        shape_(receive_shape(socket_.with_packet_info)),
        ring_(test::make_ring({}, {socket_.fd.get()})),
        buffers_(std::move(*BufferRing::create(ring_, 16, receive_overhead + 100))),
        slots_(ring_, 4, 100, reply_tokens) {
    ring_.receive_datagrams(0, &shape_, receive_token);
    EXPECT_TRUE(ring_.submit());
  }

  std::uint16_t port() const { return socket_.address.port; }
  const ReplySlots& slots() const { return slots_; }

  // Waits for `count` datagrams and answers them in one turn.
  void answer(std::size_t count) {
    for (std::size_t answered = 0; answered < count;) {
      const auto completions = test::take(ring_, 1);
      ASSERT_FALSE(testing::Test::HasFailure());
      for (const Completion& completion : completions) {
        ASSERT_EQ(completion.token, receive_token);
        ASSERT_TRUE(completion.more());
        answer(completion);
        ++answered;
      }
      buffers_.publish();
    }
    ASSERT_TRUE(ring_.submit());
    slots_.settle();
    slots_.check_invariants();
    buffers_.check_invariants();
  }

 private:
  void answer(const Completion& completion) {
    const BufferLease lease =
        buffers_.lease(*completion.buffer_id(), static_cast<std::size_t>(completion.result));
    const auto datagram = parse_received(lease.bytes(), shape_);
    ASSERT_TRUE(datagram);
    const auto slot = slots_.acquire();
    ASSERT_TRUE(slot);
    std::ranges::copy(datagram->payload, slots_.payload(*slot).begin());
    slots_.send(*slot, datagram->payload.size(), *datagram, 0);
  }

  net::UdpSocket socket_;
  msghdr shape_;
  Ring ring_;
  BufferRing buffers_;
  ReplySlots slots_;
};

struct Case {
  const char* bound;
  bool only_ipv6;
  const char* client;
  const char* destination;  // the address that the client sends to
};

const Case cases[] = {
    {"127.0.0.1:0", true, "127.0.0.1:0", "127.0.0.1:0"},
    {"[::1]:0", true, "[::1]:0", "[::1]:0"},
    {"0.0.0.0:0", true, "127.0.0.1:0", "127.0.0.1:0"},
    {"0.0.0.0:0", true, "127.0.0.1:0", "127.0.0.2:0"},
    {"0.0.0.0:0", true, "127.0.0.3:0", "127.8.9.10:0"},
    {"[::]:0", true, "[::1]:0", "[::1]:0"},
    {"[::]:0", false, "[::1]:0", "[::1]:0"},
    {"[::]:0", false, "127.0.0.1:0", "127.0.0.2:0"},  // mapped
};

TEST(ReplySlotsOnTheRing, ResponsesLeaveFromTheRequestsDestination) {
  for (const Case& row : cases) {
    SCOPED_TRACE(testing::Message() << row.bound << " reached at " << row.destination);
    Echo echo({.address = test::address_of(row.bound), .only_ipv6 = row.only_ipv6});
    const Client client(row.client);
    net::SocketAddress destination = test::address_of(row.destination);
    destination.port = echo.port();
    client.send("hello", destination);
    echo.answer(1);
    test::Name from;
    EXPECT_EQ(client.receive(&from), "hello");
    EXPECT_EQ(from.address(), destination);
    EXPECT_TRUE(echo.slots().all_sent());
  }
}

TEST(ReplySlotsOnTheRing, EachClientGetsItsOwnResponse) {
  Echo echo({.address = test::address_of("0.0.0.0:0")});
  net::SocketAddress server = test::address_of("127.0.0.1:0");
  server.port = echo.port();
  const Client clients[] = {Client("127.0.0.1:0"), Client("127.0.0.2:0"), Client("127.0.0.3:0")};
  for (int round = 0; round < 20; ++round) {
    for (const Client& client : clients) {
      client.send(std::to_string(client.address().port), server);
    }
    echo.answer(3);
    for (const Client& client : clients) {
      EXPECT_EQ(client.receive(), std::to_string(client.address().port));
    }
    EXPECT_TRUE(echo.slots().all_sent());
  }
}

}  // namespace
}  // namespace gyre::ring
