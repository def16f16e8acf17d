// A worker of gyre_http behind proxies that speak the PROXY protocol, and beside those that only
// pretend to be one.
#include <gtest/gtest.h>

#include "common/limits/address_counts.hpp"
#include "common/net/network_list.hpp"
#include "tests/simulation/http_simulation.hpp"

namespace gyre::http {
namespace {

using connection::CloseReason;
using test::HttpSimulation;
using test::Script;

TEST(HttpWorkerSimulation, ConnectionsThatAreNoProxysAreClosed) {
  const auto elsewhere =
      net::NetworkList::parse(std::vector<std::string>{"203.0.113.0/24"}).value();
  HttpSimulation simulation(1, {.proxy_protocol = true, .proxies = &elsewhere});
  for (int i = 0; i < 5; ++i) {
    Script& script = simulation.connect(1);
    script.to_send.insert(0, "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n");
  }
  simulation.run_out();
  EXPECT_EQ(simulation.closed(CloseReason::untrusted_proxy), 5U);
  for (const auto& script : simulation.scripts) EXPECT_EQ(simulation.client(*script).taken, "");
  simulation.expect_counters_add_up();
  EXPECT_EQ(simulation.kernel.streams.open_descriptors(), 0U);
}

TEST(HttpWorkerSimulation, ProxyHeadersComeFirst) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    HttpSimulation simulation(seed, {.proxy_protocol = true, .proxies = &test::everywhere()});
    simulation.kernel.streams.faults.receive_short = 900;
    for (int i = 0; i < 10; ++i) {
      Script& script = simulation.connect(3);
      script.to_send.insert(0, "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n");
    }
    Script& wrong = simulation.connect(1);
    wrong.to_send.insert(0, "PROXYING\r\n");
    for (int i = 0; i < 100; ++i) {
      for (const auto& script : simulation.scripts) {
        simulation.send(*script, simulation.kernel.random.below(20));
      }
      simulation.turn();
    }
    simulation.run_out();
    EXPECT_EQ(simulation.closed(CloseReason::bad_handshake), 1U);
    EXPECT_EQ(simulation.client(wrong).taken, "");
    simulation.scripts.pop_back();
    simulation.expect_all_answered();
  }
}

TEST(HttpWorkerSimulation, BehindAProxyTheLimitIsOfTheClient) {
  limits::AddressCounts addresses(2, 1);
  HttpSimulation simulation(
      1, {.addresses = &addresses, .proxy_protocol = true, .proxies = &test::everywhere()});
  for (const char* client : {"192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.2"}) {
    Script& script = simulation.connect(1);
    script.to_send.insert(0, "PROXY TCP4 " + std::string(client) + " 192.0.2.3 1 2\r\n");
  }
  simulation.run_out();
  EXPECT_EQ(simulation.closed(CloseReason::over_address_limit), 1U);
  EXPECT_TRUE(simulation.client(*simulation.scripts[3]).worker_closed);
  simulation.scripts.erase(simulation.scripts.begin() + 3);
  simulation.expect_all_answered();
  for (const auto& script : simulation.scripts) simulation.client(*script).ended = true;
  simulation.run_out();
  EXPECT_EQ(addresses.address_count(), 0U);
}

}  // namespace
}  // namespace gyre::http
