#include "common/metrics/host_names.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace gyre::metrics {
namespace {

HostNames names_at(std::string_view endpoint, std::vector<std::string> listed = {}) {
  return {*net::socket_address_from(endpoint), std::move(listed)};
}

TEST(HostNames, OnLoopbackOnlyAddressesLocalhostAndListedNames) {
  for (const char* endpoint : {"127.0.0.1:9000", "127.1.2.3:9000", "[::1]:9000"}) {
    const HostNames names = names_at(endpoint, {"gyre", "Tracker.Example"});
    for (const char* host : {"127.0.0.1", "127.0.0.1:9000", "10.1.2.3:9000", "[::1]", "[::1]:9000",
                             "[2001:db8::1]", "localhost", "localhost:9000", "LocalHost:1",
                             "localhost.", "gyre", "gyre:9000", "GYRE", "tracker.example.:9000"}) {
      EXPECT_TRUE(names.contains(host)) << endpoint << " " << host;
    }
    for (const char* host :
         {"", ":9000", "rebound.example", "rebound.example:9000", "127.0.0.1.rebound.example",
          "127.1", "0x7f.0.0.1", "gyre.rebound.example", "localhost.rebound.example", "::1", "[::1",
          "gyre:9000:9000"}) {
      EXPECT_FALSE(names.contains(host)) << endpoint << " " << host;
    }
  }
}

TEST(HostNames, ElsewhereAnyNameUnlessSomeAreListed) {
  for (const char* endpoint : {"0.0.0.0:9000", "192.0.2.1:9000", "[::]:9000", "[2001:db8::1]:9"}) {
    EXPECT_TRUE(names_at(endpoint).contains("prometheus.example:9000")) << endpoint;
    EXPECT_TRUE(names_at(endpoint, {"gyre"}).contains("gyre:9000")) << endpoint;
    EXPECT_TRUE(names_at(endpoint, {"gyre"}).contains("192.0.2.1")) << endpoint;
    EXPECT_FALSE(names_at(endpoint, {"gyre"}).contains("other.example")) << endpoint;
  }
}

TEST(HostNames, AnyByDefault) {
  EXPECT_TRUE(HostNames().contains("anything"));
}

}  // namespace
}  // namespace gyre::metrics
