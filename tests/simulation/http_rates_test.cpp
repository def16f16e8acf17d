// Clients that open connections faster than they may.
#include "tests/simulation/http_simulation.hpp"

namespace gyre::http {
namespace {

using connection::CloseReason;
using test::HttpSimulation;
using test::Script;

constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr std::byte public_network{8};
// Three at once, and one more per second; a network three times that.
constexpr limits::BucketRate rate{.per_second = 1, .network_factor = 3, .burst_s = 3};

bool is_closed_unread(HttpSimulation& simulation, const Script& script) {
  const simulation::Client& client = simulation.client(script);
  return client.worker_closed && client.taken.empty() && client.in_flight.empty();
}

TEST(HttpRates, NewConnectionsOfAnAddressAreBounded) {
  HttpSimulation simulation(1, {.connection_rate = rate});
  simulation.network = public_network;
  for (int i = 0; i < 250; ++i) simulation.connect(0);  // one of each address
  simulation.turns(100);
  EXPECT_EQ(simulation.closed(CloseReason::over_connection_rate), 250U - 9) << "of their network";
  simulation.turn(3 * second_ns);

  // The first address again: it has had one.
  for (int i = 0; i < 5; ++i) simulation.connect(1);
  simulation.run_out();
  EXPECT_EQ(simulation.closed(CloseReason::over_connection_rate), 250U - 9);
}

TEST(HttpRates, ThoseOverTheRateAreClosedBeforeTheyAreReadFrom) {
  HttpSimulation simulation(1, {.connection_rate = rate});
  simulation.network = public_network;
  for (int i = 0; i < 12; ++i) simulation.send(simulation.connect(1), 100'000);
  simulation.run_out();
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(is_closed_unread(simulation, *simulation.scripts[i]), i >= 9) << i;
  }
}

TEST(HttpRates, WhoIsNotPublicHasNoRate) {
  HttpSimulation simulation(1, {.connection_rate = rate});
  for (int i = 0; i < 500; ++i) simulation.connect(1);
  simulation.run_out();
  EXPECT_EQ(simulation.closed(CloseReason::over_connection_rate), 0U);
}

TEST(HttpRates, BehindAProxyTheRateIsOfTheClient) {
  HttpSimulation simulation(
      1, {.connection_rate = rate, .proxy_protocol = true, .proxies = &test::everywhere()});
  simulation.network = public_network;  // of the proxy, too
  for (int i = 0; i < 20; ++i) {
    Script& script = simulation.connect(1);
    const std::string client = i < 10 ? "198.51.100.1" : "2001:db8:0:" + std::to_string(i) + "::1";
    script.to_send.insert(0, "PROXY " + std::string(i < 10 ? "TCP4 " : "TCP6 ") + client +
                                 (i < 10 ? " 192.0.2.3 1 2\r\n" : " 2001:db8::2 1 2\r\n"));
  }
  simulation.run_out();
  EXPECT_EQ(simulation.closed(CloseReason::over_connection_rate), 7U + 1)
      << "the tenth of the second network as well";
}

TEST(HttpRates, HandshakesOverTheRateAreRefused) {
  HttpSimulation simulation(1, {.handshake_rate = rate}, true);
  simulation.network = public_network;
  for (int i = 0; i < 15; ++i) simulation.connect(1);
  simulation.run_out();
  EXPECT_EQ(simulation.closed(CloseReason::over_handshake_rate), 15U - 9);
  EXPECT_EQ(simulation.metrics.streams.counters.value(
                static_cast<std::size_t>(connection::Counter::tls_handshake_full)),
            9U);
}

TEST(HttpRates, HandshakesBehindAProxyAreItsClients) {
  HttpSimulation simulation(
      1, {.handshake_rate = rate, .proxy_protocol = true, .proxies = &test::everywhere()}, true);
  simulation.network = public_network;
  for (int i = 0; i < 5; ++i) {
    Script& script = simulation.connect(0);
    script.tls.reset();
    script.to_send = "PROXY TCP4 198.51.100.1 192.0.2.3 1 2\r\n";
  }
  simulation.run_out();
  EXPECT_EQ(simulation.closed(CloseReason::over_handshake_rate), 2U);
}

}  // namespace
}  // namespace gyre::http
