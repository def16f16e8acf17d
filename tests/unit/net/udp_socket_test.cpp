#include "common/net/udp_socket.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/loopback.hpp"

namespace gyre::net {
namespace {

using test::address_of;
using test::Client;

std::string error_of(const UdpSocketOptions& options) {
  const auto socket = bind_udp(options);
  return socket ? "no error" : socket.error();
}

TEST(BindUdp, PortZeroBecomesTheRealPort) {
  for (const char* text : {"127.0.0.1:0", "[::1]:0", "0.0.0.0:0", "[::]:0"}) {
    const auto socket = bind_udp({.address = address_of(text)});
    ASSERT_TRUE(socket) << socket.error();
    EXPECT_NE(socket->address.port, 0);
    EXPECT_EQ(socket->address.address, address_of(text).address);
    const Client client(text[0] == '[' ? "[::1]:0" : "127.0.0.1:0");
    SocketAddress target = socket->address;
    target.address = client.address().address;
    client.send("hello", target);
    EXPECT_EQ(test::receive(socket->fd.get()), "hello") << text;
  }
}

TEST(BindUdp, OnlyWildcardSocketsReportTheDestination) {
  EXPECT_FALSE(bind_udp({.address = address_of("127.0.0.1:0")})->with_packet_info);
  EXPECT_FALSE(bind_udp({.address = address_of("[::1]:0")})->with_packet_info);
  EXPECT_TRUE(bind_udp({.address = address_of("0.0.0.0:0")})->with_packet_info);
  EXPECT_TRUE(bind_udp({.address = address_of("[::]:0")})->with_packet_info);
}

TEST(BindUdp, WorkersShareAnAddress) {
  const auto first = bind_udp({.address = address_of("127.0.0.1:0"), .must_be_free = true});
  ASSERT_TRUE(first);
  EXPECT_TRUE(bind_udp({.address = first->address}));
}

TEST(BindUdp, AnAddressInUseIsNamed) {
  const Client other("127.0.0.1:0");  // without SO_REUSEPORT
  const std::string name = to_string(other.address());
  const std::string error = "cannot listen on udp://" + name +
                            ": Address already in use; another program uses it, see: ss -ulpn";
  EXPECT_EQ(error_of({.address = other.address()}), error);
  EXPECT_EQ(error_of({.address = other.address(), .must_be_free = true}), error);
}

// SO_REUSEPORT alone would let a second tracker of the same user take half of the datagrams.
TEST(BindUdp, MustBeFreeSeesWhatReusePortHides) {
  const auto first = bind_udp({.address = address_of("127.0.0.1:0")});
  ASSERT_TRUE(first);
  EXPECT_NE(error_of({.address = first->address, .must_be_free = true}).find("already in use"),
            std::string::npos);
}

TEST(BindUdp, AnAddressOfAnotherHostIsNamed) {
  EXPECT_EQ(error_of({.address = address_of("192.0.2.1:0")}),
            "cannot listen on udp://192.0.2.1:0: Cannot assign requested address; this host does "
            "not have that address, see: ip address");
  EXPECT_EQ(error_of({.address = address_of("[2001:db8::1]:0"), .must_be_free = true}),
            "cannot listen on udp://[2001:db8::1]:0: Cannot assign requested address; this host "
            "does not have that address, see: ip address");
}

TEST(BindUdp, LinkLocalAddressesCannotNameTheirInterface) {
  EXPECT_EQ(error_of({.address = address_of("[fe80::1]:0")}),
            "cannot listen on udp://[fe80::1]:0: Invalid argument; a link-local address needs an "
            "interface, which cannot be configured: listen on [::]");
}

TEST(BindUdp, OnlyIpv6LeavesIpv4Free) {
  const auto ipv6 = bind_udp({.address = address_of("[::]:0"), .only_ipv6 = true});
  ASSERT_TRUE(ipv6);
  EXPECT_TRUE(bind_udp({.address = {Ipv4Address{}, ipv6->address.port}, .must_be_free = true}));
  const auto both = bind_udp({.address = address_of("[::]:0"), .only_ipv6 = false});
  ASSERT_TRUE(both);
  const Client client("127.0.0.1:0");
  client.send("mapped", {client.address().address, both->address.port});
  EXPECT_EQ(test::receive(both->fd.get()), "mapped");
}

TEST(BindUdp, BufferSizesAreWhatTheKernelGranted) {
  const auto by_default = bind_udp({.address = address_of("127.0.0.1:0")});
  ASSERT_TRUE(by_default);
  EXPECT_GT(by_default->receive_buffer_size, 0U);
  EXPECT_GT(by_default->send_buffer_size, 0U);
  const auto small = bind_udp({.address = address_of("127.0.0.1:0"),
                               .receive_buffer_size = 30'000,
                               .send_buffer_size = 20'000});
  ASSERT_TRUE(small);
  EXPECT_EQ(small->receive_buffer_size, 30'000U);
  EXPECT_EQ(small->send_buffer_size, 20'000U);
}

TEST(KernelDropCount, GrowsWhenTheBufferOverflows) {
  const auto socket = bind_udp({.address = address_of("127.0.0.1:0"), .receive_buffer_size = 4096});
  ASSERT_TRUE(socket);
  EXPECT_EQ(kernel_drop_count(socket->fd.get()), 0U);
  const Client client("127.0.0.1:0");
  constexpr std::uint32_t sent = 200;
  for (std::uint32_t i = 0; i < sent; ++i) client.send(std::string(500, 'x'), socket->address);
  const std::uint32_t dropped = kernel_drop_count(socket->fd.get());
  EXPECT_GT(dropped, 0U);
  std::uint32_t received = 0;
  while (!test::receive_now(socket->fd.get()).empty()) ++received;
  EXPECT_EQ(received + dropped, sent);
}

TEST(StopReceiving, KeepsWhatHasArrived) {
  const auto socket = bind_udp({.address = address_of("127.0.0.1:0")});
  ASSERT_TRUE(socket);
  const Client client("127.0.0.1:0");
  client.send("one", socket->address);
  client.send("two", socket->address);
  stop_receiving(socket->fd.get());
  client.send("three", socket->address);
  EXPECT_EQ(test::receive_now(socket->fd.get()), "one");
  EXPECT_EQ(test::receive_now(socket->fd.get()), "two");
  EXPECT_EQ(test::receive_now(socket->fd.get()), "");
}

}  // namespace
}  // namespace gyre::net
