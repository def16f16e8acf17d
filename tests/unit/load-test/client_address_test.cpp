#include "load-test/client_address.hpp"

#include <gtest/gtest.h>

namespace gyre::load_test {
namespace {

std::string client_of(std::string_view server, std::uint32_t index) {
  const auto client = loopback_client(*net::socket_address_from(server), index);
  return client ? to_string(*client) : "none";
}

TEST(ClientAddress, IsOfTheServersHost) {
  EXPECT_EQ(client_of("127.0.0.1:80", 0), "127.0.0.1");
  EXPECT_EQ(client_of("127.9.9.9:80", 254), "127.0.0.255");
  EXPECT_EQ(client_of("127.0.0.1:80", 255), "127.0.1.0");
  EXPECT_EQ(client_of("127.0.0.1:80", 65'533), "127.0.255.254");
  EXPECT_EQ(client_of("192.0.2.1:80", 0), "none");
  EXPECT_EQ(client_of("[::1]:80", 0), "none");
}

}  // namespace
}  // namespace gyre::load_test
