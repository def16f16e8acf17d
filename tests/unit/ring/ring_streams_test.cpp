// Connections on the kernel's own ring: accepting, receiving, sending and closing.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <map>

#include "common/net/socket_name.hpp"
#include "common/ring/buffer_ring.hpp"
#include "common/ring/ring.hpp"
#include "ring_harness.hpp"

namespace gyre::ring {
namespace {

constexpr std::uint64_t accept_token = 1;
constexpr std::uint64_t receive_token = 2;
constexpr std::uint64_t send_token = 3;

Fd listening(std::string_view address) {
  test::Name name(test::address_of(address));
  Fd fd(::socket(name.bytes.sin6_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  CHECK(::bind(fd.get(), name.get(), name.size) == 0 && ::listen(fd.get(), 100) == 0);
  return fd;
}

Fd connected_to(int listener) {
  net::SocketName name;
  CHECK(::getsockname(listener, name.get(), &name.size) == 0);
  Fd fd(::socket(name.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  CHECK(::connect(fd.get(), name.get(), name.size) == 0);
  return fd;
}

void write(const Fd& fd, std::string_view text) {
  ASSERT_EQ(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(text.size()));
}

// A client, and the server's end of its connection in a ring.
class RingStreams : public testing::Test {
 protected:
  RingStreams() {
    ring.accept_connections(0, accept_token);
    accepted = accept_one();
  }
  ~RingStreams() override {
    if (accepted >= 0) ring.close_stream(accepted, false);
  }

  int accept_one() {
    const auto completions = test::take(ring, 1);
    CHECK(completions.size() == 1 && completions[0].token == accept_token);
    return completions[0].result;
  }

  void send(std::string_view text, bool last = false) {
    ring.send_stream(accepted, std::as_bytes(std::span(text)), send_token, last);
  }

  Fd listener = listening("127.0.0.1:0");
  Fd client = connected_to(listener.get());
  Ring ring = test::make_ring({}, {listener.get()});
  int accepted = -1;
};

TEST_F(RingStreams, AcceptIsMultishot) {
  const Fd second = connected_to(listener.get());
  const auto completions = test::take(ring, 1);
  EXPECT_TRUE(completions[0].more());
  EXPECT_NE(completions[0].result, accepted);
  EXPECT_NE(::fcntl(completions[0].result, F_GETFD) & FD_CLOEXEC, 0);
  ring.close_stream(completions[0].result, false);
}

TEST_F(RingStreams, PeerIsTheClientsAddress) {
  EXPECT_EQ(ring.peer_of(accepted)->port, net::bound_port(client.get()));
  EXPECT_EQ(to_string(std::get<Ipv4Address>(ring.peer_of(accepted)->address)), "127.0.0.1");
}

TEST(RingStreamPeers, MappedAddressesAreIpv4AndUnixSocketsHaveNone) {
  const Fd both = listening("[::]:0");
  net::SocketName name = net::socket_name_of(
      *net::socket_address_from("127.0.0.1:" + std::to_string(net::bound_port(both.get()))));
  const Fd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(client.get(), name.get(), name.size), 0);
  const Ring ring = test::make_ring({}, {});
  const Fd end(::accept4(both.get(), nullptr, nullptr, SOCK_CLOEXEC));
  EXPECT_EQ(ring.peer_of(end.get())->family(), Family::ipv4);
  int pair[2] = {};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const Fd one(pair[0]);
  const Fd other(pair[1]);
  EXPECT_FALSE(ring.peer_of(one.get()));
}

TEST_F(RingStreams, ReceivesIntoBuffersUntilTheEnd) {
  auto buffers = BufferRing::create(ring, 4, 8);
  ASSERT_TRUE(buffers);
  ring.receive_stream(accepted, receive_token);
  write(client, "0123456789");
  ::shutdown(client.get(), SHUT_WR);
  std::string received;
  for (const Completion& completion : test::take(ring, 3)) {
    EXPECT_EQ(completion.token, receive_token);
    if (completion.result == 0) {
      EXPECT_FALSE(completion.more());
      continue;
    }
    ASSERT_TRUE(completion.buffer_id());
    const auto lease =
        buffers->lease(*completion.buffer_id(), static_cast<std::size_t>(completion.result));
    for (const std::byte byte : lease.bytes()) received += static_cast<char>(byte);
  }
  EXPECT_EQ(received, "0123456789");
}

TEST_F(RingStreams, RunningOutOfBuffersLosesNothing) {
  auto buffers = BufferRing::create(ring, 1, 4);
  ASSERT_TRUE(buffers);
  ring.receive_stream(accepted, receive_token);
  write(client, "01234567");
  const auto completions = test::take(ring, 2);
  ASSERT_EQ(completions.size(), 2U);
  EXPECT_EQ(completions[0].result, 4);
  EXPECT_EQ(completions[1].result, -ENOBUFS);
  EXPECT_FALSE(completions[1].more());
  {
    const auto lease = buffers->lease(*completions[0].buffer_id(), 4);
  }
  buffers->publish();
  ring.receive_stream(accepted, receive_token);
  EXPECT_EQ(test::take(ring, 1)[0].result, 4);
}

TEST_F(RingStreams, ResetIsAnError) {
  auto buffers = BufferRing::create(ring, 2, 64);
  ASSERT_TRUE(buffers);
  ring.receive_stream(accepted, receive_token);
  EXPECT_TRUE(test::take_now(ring).empty());
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  client.reset();
  EXPECT_EQ(test::take(ring, 1)[0].result, -ECONNRESET);
}

TEST_F(RingStreams, CancelledReceiveCanBeReArmed) {
  auto buffers = BufferRing::create(ring, 2, 64);
  ASSERT_TRUE(buffers);
  ring.receive_stream(accepted, receive_token);
  ring.cancel(receive_token);
  EXPECT_EQ(test::take(ring, 1)[0].result, -ECANCELED);
  ring.receive_stream(accepted, receive_token);
  write(client, "hello");
  EXPECT_EQ(test::take(ring, 1)[0].result, 5);
}

TEST_F(RingStreams, SendCompletesWhenAllIsSent) {
  const int size = 65536;
  ::setsockopt(accepted, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  const std::string text(10'000'000, 'x');  // more than the peer's receive buffer takes
  send(text);
  EXPECT_TRUE(test::take_now(ring).empty());
  std::size_t received = 0;
  std::vector<Completion> completions;
  while (completions.empty()) {
    received += test::receive_now(client.get()).size();
    completions = test::take_now(ring);
  }
  EXPECT_EQ(completions[0].result, 10'000'000);
  while (received < text.size()) received += test::receive(client.get()).size();
  EXPECT_EQ(received, text.size());
}

TEST_F(RingStreams, SendToAClosedPeerFails) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  client.reset();
  send("hello");
  EXPECT_EQ(test::take(ring, 1)[0].result, -ECONNRESET);
}

TEST_F(RingStreams, LastBytesLeaveWithTheFin) {
  send("bye", true);
  EXPECT_EQ(test::take(ring, 1)[0].result, 3);
  EXPECT_EQ(test::receive_now(client.get()), "") << "held back until the FIN";
  ring.finish_sending(accepted);
  EXPECT_EQ(test::receive(client.get()), "bye");
  EXPECT_EQ(test::receive(client.get()), "");
}

TEST_F(RingStreams, LastBytesLeaveOnClose) {
  send("bye", true);
  EXPECT_EQ(test::take(ring, 1)[0].result, 3);
  ring.close_stream(std::exchange(accepted, -1), false);
  EXPECT_EQ(test::receive(client.get()), "bye");
}

TEST_F(RingStreams, ResetDiscardsUnreadBytes) {
  send("bye", true);
  EXPECT_EQ(test::take(ring, 1)[0].result, 3);
  ring.close_stream(std::exchange(accepted, -1), true);
  std::array<char, 8> bytes{};
  EXPECT_EQ(::recv(client.get(), bytes.data(), bytes.size(), 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
}

TEST_F(RingStreams, OutOfDescriptorsConnectionsWait) {
  ring.cancel(accept_token);
  EXPECT_EQ(test::take(ring, 1)[0].result, -ECANCELED);
  const Fd waiting = connected_to(listener.get());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit few = before;
  few.rlim_cur = 3;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  ring.accept_connections(0, accept_token);  // under the limit in force now
  const auto completions = test::take(ring, 1);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_EQ(completions.size(), 1U);
  EXPECT_EQ(completions[0].result, -EMFILE);
  EXPECT_FALSE(completions[0].more());
  ring.accept_connections(0, accept_token);
  const int late = accept_one();
  EXPECT_GE(late, 0);
  ring.close_stream(late, false);
}

}  // namespace
}  // namespace gyre::ring
