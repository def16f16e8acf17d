#include "common/net/socket_address.hpp"

#include <gtest/gtest.h>

namespace gyre::net {
namespace {

TEST(SocketAddress, RoundTrips) {
  for (const std::string text : {"0.0.0.0:0", "10.0.0.1:3000", "255.255.255.255:65535", "[::]:3000",
                                 "[2001:db8::1]:1", "[::ffff:10.0.0.1]:80"}) {
    SCOPED_TRACE(text);
    const auto address = socket_address_from(text);
    ASSERT_TRUE(address.has_value());
    const SocketAddress value = address.value_or(SocketAddress{});
    EXPECT_EQ(to_string(value), text);
    EXPECT_EQ(value.family(), text.starts_with('[') ? Family::ipv6 : Family::ipv4);
  }
}

TEST(SocketAddress, HoldsBytesInNetworkOrderAndThePortInHostOrder) {
  const auto address = socket_address_from("10.1.2.3:3000");
  const Ipv4Address expected{{std::byte{10}, std::byte{1}, std::byte{2}, std::byte{3}}};
  EXPECT_EQ(address, (SocketAddress{expected, 3000}));
}

TEST(SocketAddress, RefusesEverythingElse) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {""sv,
                                      ":"sv,
                                      "10.0.0.1"sv,
                                      "10.0.0.1:"sv,
                                      ":3000"sv,
                                      "10.0.0.1:65536"sv,
                                      "10.0.0.1:-1"sv,
                                      "10.0.0.1:+1"sv,
                                      "10.0.0.1: 1"sv,
                                      "10.0.0.1:1 "sv,
                                      " 10.0.0.1:1"sv,
                                      "10.0.0.1:0x1"sv,
                                      "10.0.0:1"sv,
                                      "10.0.0.256:1"sv,
                                      "10.0.0.01:1"sv,
                                      "10.0.0.1\0:1"sv,
                                      "localhost:1"sv,
                                      "::1:3000"sv,
                                      "[::1]"sv,
                                      "[::1:3000"sv,
                                      "::1]:3000"sv,
                                      "[]:3000"sv,
                                      "[:3000"sv,
                                      "[10.0.0.1]:3000"sv,
                                      "[fe80::1%lo]:3000"sv,
                                      "[[::1]]:3000"sv}) {
    EXPECT_FALSE(socket_address_from(text)) << text;
  }
}

}  // namespace
}  // namespace gyre::net
