// The UDP worker over a kernel that misbehaves: whatever goes wrong below, every datagram is
// answered or counted, answers go where the question came from, and no buffer or slot is lost.
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "common/base/bytes.hpp"
#include "tests/simulation/fault_profile.hpp"
#include "tests/simulation/simulated_ring.hpp"
#include "udp/worker.hpp"

namespace gyre::udp {
namespace {

using namespace std::chrono_literals;
using simulation::Datagram;
using simulation::Kernel;

constexpr int stop_fd = 7;
constexpr std::uint32_t ring_size = 16;

template <class Name>
std::vector<std::byte> bytes_of(const Name& name) {
  std::vector<std::byte> bytes(sizeof name);
  std::memcpy(bytes.data(), &name, sizeof name);
  return bytes;
}

std::vector<std::byte> ipv4_name(std::uint32_t host) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = big_endian(0x0a000000 + host);
  name.sin_port = big_endian(static_cast<std::uint16_t>(1000 + host));
  return bytes_of(name);
}

std::vector<std::byte> public_name(std::uint32_t host) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = big_endian(0xcb007100 + host);
  name.sin_port = big_endian(std::uint16_t{4000});
  return bytes_of(name);
}

std::uint32_t kernel_drops = 0;

std::vector<std::byte> ipv6_name(std::uint32_t host) {
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  name.sin6_addr.s6_addr[0] = 0xfd;
  name.sin6_addr.s6_addr[15] = static_cast<std::uint8_t>(host);
  name.sin6_port = big_endian(static_cast<std::uint16_t>(1000 + host));
  return bytes_of(name);
}

// One worker with an IPv4 and an IPv6 socket, and the clients' side of the conversation.
class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : kernel(seed) {
    kernel_drops = 0;
    const WorkerOptions options{.sockets = sockets_,
                                .ring_size = ring_size,
                                .stop_fd = stop_fd,
                                .kernel_drop_count = [](int) { return kernel_drops; }};
    Handler handler({}, swarms_, ConnectionIds(ConnectionSecret{}, 4000), Random(seed), metrics);
    auto created =
        Worker::create(options, std::move(handler), ProcessClock{}, access_list_, metrics);
    EXPECT_TRUE(created);
    worker = std::move(*created);
  }

  void connect(std::uint32_t host) {
    std::vector<std::byte> bytes(connect_request_size);
    write_connect_request(bytes, {++transaction_id_});
    ask(host, std::move(bytes));
  }

  void announce(std::uint32_t host, ConnectionId id) {
    std::vector<std::byte> bytes(announce_request_size);
    write_announce_request(bytes, {.connection_id = id,
                                   .transaction_id = ++transaction_id_,
                                   .bytes_left = 1,
                                   .port = static_cast<std::uint16_t>(host)});
    ask(host, std::move(bytes));
  }

  void garbage(std::uint32_t host) {
    std::vector<std::byte> bytes(kernel.random.below(120));
    for (auto& byte : bytes) byte = static_cast<std::byte>(kernel.random.next());
    if (bytes.size() >= 12) store_be(bytes.data() + 8, std::uint32_t{9});  // no action
    deliver(host, std::move(bytes));
  }

  void turn() {
    turn_unread();
    read_answers();
  }
  // Answers to datagrams that the test delivers by itself stay in kernel.sent.
  void turn_unread() {
    const auto turned = worker->turn(1ms);
    ASSERT_TRUE(turned) << turned.error();
  }
  void turn_unread_until_quiet() {
    for (int i = 0; i < 10'000 && kernel.waiting_datagrams() > 0; ++i) turn_unread();
  }

  void turn_until_quiet() {
    for (int i = 0; i < 10'000 && kernel.waiting_datagrams() > 0; ++i) turn();
    for (int i = 0; i < 100; ++i) turn();
  }

  std::uint64_t counted(Counter counter) const {
    const auto index = 2 * static_cast<std::size_t>(counter);
    return metrics.counters.value(index) + metrics.counters.value(index + 1);
  }
  std::uint64_t responses() const {
    return counted(Counter::response_connect) + counted(Counter::response_announce) +
           counted(Counter::response_scrape) + counted(Counter::response_error);
  }
  std::uint64_t drops() const {
    return counted(Counter::drop_too_short) + counted(Counter::drop_wrong_protocol_id) +
           counted(Counter::drop_unknown_action) + counted(Counter::drop_invalid_connection_id) +
           counted(Counter::drop_source_port_zero) + counted(Counter::drop_no_reply_slot) +
           counted(Counter::drop_over_rate) + counted(Counter::drop_overload);
  }

  Kernel kernel;
  WorkerMetrics metrics;
  std::unique_ptr<Worker> worker;
  std::uint64_t delivered = 0;
  std::uint64_t answers = 0;
  std::map<std::uint32_t, ConnectionId> ids;  // by host

 private:
  // Even hosts are IPv4, odd ones IPv6.
  static std::vector<std::byte> name_of(std::uint32_t host) {
    return host % 2 == 0 ? ipv4_name(host) : ipv6_name(host);
  }
  void deliver(std::uint32_t host, std::vector<std::byte> payload) {
    kernel.deliver(host % 2, {name_of(host), std::move(payload)});
    ++delivered;
  }
  // A request that may be answered.
  void ask(std::uint32_t host, std::vector<std::byte> payload) {
    asked_[transaction_id_] = {host, name_of(host)};
    deliver(host, std::move(payload));
  }

  void read_answers() {
    for (const Datagram& datagram : std::exchange(kernel.sent, {})) {
      ++answers;
      ASSERT_GE(datagram.payload.size(), 8U);
      const auto asked = asked_.find(load_be<std::uint32_t>(datagram.payload.data() + 4));
      ASSERT_NE(asked, asked_.end());
      EXPECT_EQ(asked->second.second, datagram.name) << "an answer went to somebody else";
      const auto family = asked->second.first % 2 == 0 ? Family::ipv4 : Family::ipv6;
      const auto response = parse_response(datagram.payload, family);
      ASSERT_TRUE(response);
      if (const auto* connected = std::get_if<ConnectResponse>(&*response)) {
        ids[asked->second.first] = connected->connection_id;
      }
    }
  }

  // The kernel of the simulation knows them by their index.
  std::array<net::UdpSocket, 2> sockets_{
      {{.fd = {}, .address = {Ipv4Address{}, 3000}}, {.fd = {}, .address = {Ipv6Address{}, 3000}}}};
  swarm::SwarmMaps swarms_{SipKey{}};
  swarm::SharedAccessList access_list_;
  TransactionId transaction_id_ = 0;
  std::map<TransactionId, std::pair<std::uint32_t, std::vector<std::byte>>> asked_;
};

void deliver_at_random(Simulation& simulation) {
  for (std::uint32_t count = simulation.kernel.random.below(3 * ring_size); count > 0; --count) {
    const std::uint32_t host = 1 + simulation.kernel.random.below(50);
    const auto id = simulation.ids.find(host);
    if (simulation.kernel.chance(200))
      simulation.garbage(host);
    else if (id == simulation.ids.end())
      simulation.connect(host);
    else
      simulation.announce(host, simulation.kernel.chance(100) ? 12345 : id->second);
  }
}

void expect_all_accounted(Simulation& simulation) {
  EXPECT_EQ(simulation.counted(Counter::rx_datagrams), simulation.delivered);
  EXPECT_EQ(simulation.responses() + simulation.drops(), simulation.delivered);
  EXPECT_EQ(simulation.counted(Counter::send_failed), simulation.kernel.send_failures);
  EXPECT_EQ(simulation.answers + simulation.kernel.send_failures, simulation.responses());
  EXPECT_EQ(simulation.kernel.provided_buffers, ring_size) << "a receive buffer was lost";
}

// With all faults off, a whole ring of datagrams is answered: no slot was lost either.
void expect_whole_ring_answered(Simulation& simulation) {
  simulation.kernel.faults = {};
  simulation.turn_until_quiet();
  const auto answers_before = simulation.answers;
  for (std::uint32_t i = 0; i < ring_size; ++i) simulation.connect(2);
  simulation.turn_until_quiet();
  EXPECT_EQ(simulation.answers - answers_before, ring_size);
}

const simulation::FaultProfile fault_profiles[] = {
    {"calm", {}, {}},
    {"receives end", {}, {.receive_ends = 300, .receive_cancelled = 50}},
    {"sockets are full", {}, {.send_would_block = 500, .send_waits_on = 800}},
    {"sends fail", {}, {.send_would_block = 200, .send_fails = 300, .send_waits_on = 300}},
    {"ring overflows",
     {},
     {.send_would_block = 300, .send_waits_on = 300, .completions_held = 400}},
    {"everything",
     {},
     {.receive_ends = 100,
      .receive_cancelled = 50,
      .send_would_block = 300,
      .send_fails = 50,
      .send_waits_on = 500,
      .completions_held = 200,
      .reordered = true}},
};

TEST(UdpWorkerSimulation, EveryDatagramIsAnsweredOrCounted) {
  for (const simulation::FaultProfile& profile : fault_profiles) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      SCOPED_TRACE(testing::Message() << profile.name << ", seed " << seed);
      Simulation simulation(seed);
      simulation.kernel.faults = profile.ring;
      for (int step = 0; step < 60; ++step) {
        deliver_at_random(simulation);
        simulation.turn();
      }
      expect_whole_ring_answered(simulation);
      expect_all_accounted(simulation);
      ASSERT_FALSE(HasFailure());
    }
  }
}

TEST(UdpWorkerSimulation, BuffersRunOutAndReceivingGoesOn) {
  Simulation simulation(1);
  for (std::uint32_t i = 0; i < 10 * ring_size; ++i) simulation.connect(2);
  simulation.turn_until_quiet();
  EXPECT_GT(simulation.kernel.buffer_shortages, 0U);
  EXPECT_EQ(simulation.metrics.receive_pauses.load(), simulation.kernel.buffer_shortages);
  EXPECT_EQ(simulation.answers, 10 * ring_size);
}

TEST(UdpWorkerSimulation, WhenAllSlotsWaitDatagramsAreDroppedAndCounted) {
  Simulation simulation(1);
  simulation.kernel.faults = {.send_would_block = 1000, .send_waits_on = 1000};
  for (std::uint32_t i = 0; i < 5 * ring_size; ++i) simulation.connect(2);
  simulation.turn_until_quiet();
  EXPECT_EQ(simulation.counted(Counter::drop_no_reply_slot), 4 * ring_size);
  EXPECT_EQ(simulation.counted(Counter::send_delayed), ring_size);
  EXPECT_FALSE(simulation.worker->finished());
  expect_whole_ring_answered(simulation);
  expect_all_accounted(simulation);
}

// One address sends more than the worker can take, and the kernel drops what does not fit.
TEST(UdpWorkerSimulation, InAnOverloadWhoAsksForLittleIsServed) {
  Simulation simulation(1);
  // More than a turn takes, but no more than is drained soon.
  const auto flood = [&] {
    const std::uint32_t count =
        simulation.kernel.waiting_datagrams() < 8 * ring_size ? 2 * ring_size : 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      std::vector<std::byte> bytes(connect_request_size);
      write_connect_request(bytes, {1});
      simulation.kernel.deliver(0, {public_name(1), std::move(bytes)});
    }
    kernel_drops += 10;
    simulation.turn_unread();
  };
  const auto shed = [&] { return simulation.counted(Counter::drop_overload); };
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (shed() == 0 && std::chrono::steady_clock::now() < deadline) flood();
  EXPECT_GT(shed(), 0U);
  EXPECT_GT(simulation.metrics.overload_level.load(), 0U);

  simulation.turn_unread_until_quiet();
  const std::uint64_t shed_before = shed();
  for (std::uint32_t i = 0; i < ring_size; ++i) {
    std::vector<std::byte> bytes(connect_request_size);
    write_connect_request(bytes, {2});
    simulation.kernel.deliver(0, {public_name(256 * (1 + i)), std::move(bytes)});
  }
  simulation.turn_unread_until_quiet();
  EXPECT_EQ(shed(), shed_before);
}

TEST(UdpWorkerSimulation, StopsWhenWhatWasReceivedIsAnsweredAndSent) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    Simulation simulation(seed);
    simulation.kernel.faults = fault_profiles[5].ring;
    for (std::uint32_t i = 0; i < 4 * ring_size; ++i) simulation.connect(2 + i % 2);
    simulation.kernel.make_readable(stop_fd);
    int turns = 0;
    for (; turns < 10'000 && !simulation.worker->finished(); ++turns) simulation.turn();
    EXPECT_LT(turns, 10'000);
    EXPECT_EQ(simulation.kernel.waiting_datagrams(), 0U);
    EXPECT_EQ(simulation.responses() + simulation.drops(), simulation.delivered);
    EXPECT_EQ(simulation.answers + simulation.kernel.send_failures, simulation.responses());
  }
}

}  // namespace
}  // namespace gyre::udp
