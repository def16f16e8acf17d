// Two workers that send back every line, over one kernel in memory, and their clients.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/simulation/simulated_ring.hpp"
#include "tests/support/echo_worker.hpp"
#include "tests/support/tls_pair.hpp"

namespace gyre::connection::test {

inline constexpr int stop_fd = 7;
inline constexpr std::uint32_t buffer_count = 8;
inline constexpr std::size_t input_memory = std::size_t{256} << 10;

inline std::uint64_t simulated_now_ns = 0;

// A client: what it sends is what it shall get.
struct Talker {
  simulation::ClientId id = 0;
  std::string expected;
  std::string to_send;  // not sent yet
  std::string records = {};
  std::unique_ptr<gyre::test::TlsClient> tls = {};
  bool slow = false;
};

class MovingSimulation {
 public:
  explicit MovingSimulation(std::uint64_t seed, bool secure = false,
                            std::uint32_t connections_max = 1000)
      : kernel(seed), secure_(secure) {
    simulated_now_ns = 1'000'000'000;
    Options options;
    options.listeners = {{.fd = 100, .secure = secure, .name = "test"}};
    options.addresses = &addresses;
    options.connection_count = &connection_count;
    options.talks_to_others = true;
    options.receive_buffer_count = buffer_count;
    options.send_slot_count = 3;
    options.connections_max = connections_max;
    options.send_slot_size = 4096 + flight_size_max;
    options.stop_fd = stop_fd;
    options.clock = [] { return simulated_now_ns; };
    options.deadlines_ns.fill(3'600'000'000'000);
    options.write_size_max = 2000;
    options.input_memory = input_memory;
    if (secure) contexts_.replace(tls_context());
    options.tls_contexts = &contexts_;
    for (std::size_t i = 0; i < worker_count; ++i) {
      workers[i] = std::make_unique<EchoWorker>(options, boxes_[i], boxes_[1 - i]);
    }
  }

  Talker& connect(std::uint32_t line_count) {
    Talker talker;
    const auto number = static_cast<std::uint32_t>(talkers.size());
    const net::SocketAddress address{
        Ipv4Address{{std::byte{10}, {}, {}, static_cast<std::byte>(number % 250)}},
        static_cast<std::uint16_t>(1000 + number)};
    talker.id = kernel.streams.connect(0, address);
    for (std::uint32_t i = 0; i < line_count; ++i) {
      talker.to_send += kernel.random.below(4) == 0 ? "m" : "s";
      talker.to_send += std::to_string(i) + std::string(kernel.random.below(600), 'x') + "\n";
    }
    talker.expected = talker.to_send;
    talker.slow = kernel.random.below(4) == 0;
    if (secure_) talker.tls = std::make_unique<gyre::test::TlsClient>(tls_client_context());
    talkers.push_back(std::make_unique<Talker>(std::move(talker)));
    return *talkers.back();
  }

  simulation::Client& client(const Talker& talker) { return kernel.streams.client(talker.id); }

  void send(Talker& talker, std::size_t size) {
    if (client(talker).worker_closed) return;
    if (talker.tls) seal(talker, size);
    std::string& bytes = talker.tls ? talker.records : talker.to_send;
    client(talker).to_worker += bytes.substr(0, size);
    bytes.erase(0, size);
  }
  void take(Talker& talker, std::size_t size) {
    const std::size_t known = client(talker).taken.size();
    kernel.streams.take(talker.id, size);
    const std::string_view taken = std::string_view(client(talker).taken).substr(known);
    if (talker.tls && !taken.empty()) talker.tls->feed(std::as_bytes(std::span(taken)));
  }
  const std::string& text_of(const Talker& talker) {
    return talker.tls ? talker.tls->received() : client(talker).taken;
  }

  // One turn of one worker or of both.
  void turn() {
    simulated_now_ns += 1'000'000;
    const std::uint32_t which = kernel.random.below(3);
    if (which != 0) turn_of(0);
    if (which != 1) turn_of(1);
  }
  void turn_of(std::size_t index) {
    const auto turned = workers[index]->server->turn(std::chrono::milliseconds(1));
    ASSERT_TRUE(turned) << turned.error();
  }

  void act_at_random() {
    Random& random = kernel.random;
    if (random.below(4) == 0) connect(1 + random.below(20));
    for (const auto& talker : talkers) {
      if (random.below(2) == 0) send(*talker, 1 + random.below(3000));
      if (random.below(3) == 0) take(*talker, 1 + random.below(talker->slow ? 100 : 5000));
    }
    turn();
  }

  void run_out(int count = 400) {
    for (int i = 0; i < count; ++i) {
      for (const auto& talker : talkers) {
        send(*talker, 100'000);
        take(*talker, talker->slow ? 1500 : 100'000);
      }
      turn();
    }
  }

  void expect_all_sent_back() {
    for (const auto& talker : talkers) {
      const std::string& text = text_of(*talker);
      const bool is_cut = client(*talker).reset || client(*talker).ended;
      EXPECT_EQ(text, is_cut ? talker->expected.substr(0, text.size()) : talker->expected)
          << "client " << talker->id;
    }
  }

  std::uint64_t counted(Counter counter) const {
    return workers[0]->metrics.counters.value(counter) +
           workers[1]->metrics.counters.value(counter);
  }
  std::uint64_t closed(CloseReason reason) const {
    return workers[0]->metrics.closed(reason) + workers[1]->metrics.closed(reason);
  }
  std::uint64_t adopted() const { return workers[0]->adopted + workers[1]->adopted; }

  // With all faults off.
  void expect_nothing_leaked() {
    for (const auto& talker : talkers) client(*talker).ended = true;
    run_out();
    std::uint64_t closed_in_all = 0;
    for (std::size_t i = 0; i < close_reason_count; ++i) {
      closed_in_all += closed(static_cast<CloseReason>(i));
    }
    EXPECT_EQ(counted(Counter::accepted), closed_in_all);
    EXPECT_EQ(counted(Counter::tls_failed), 0U);
    EXPECT_EQ(kernel.streams.open_descriptors(), 0U);
    EXPECT_EQ(kernel.provided_buffers, worker_count * buffer_count);
    EXPECT_EQ(addresses.address_count(), 0U);
    EXPECT_EQ(connection_count.load(), 0U);
    for (const auto& worker : workers) {
      EXPECT_EQ(worker->metrics.open.load(), 0U);
      EXPECT_EQ(worker->server->input_budget().free_size, input_memory);
    }
  }

  simulation::Kernel kernel;
  limits::AddressCounts addresses{1000, 1};
  ConnectionCount connection_count = 0;
  std::array<std::unique_ptr<EchoWorker>, worker_count> workers;
  std::vector<std::unique_ptr<Talker>> talkers;

 private:
  static const gyre::test::TlsClientContext& tls_client_context() {
    static const gyre::test::TlsClientContext context;
    return context;
  }
  static const std::shared_ptr<const tls::Context>& tls_context() {
    static const auto context = gyre::test::make_context();
    return context;
  }
  static void seal(Talker& talker, std::size_t size) {
    if (talker.tls->connected() && !talker.to_send.empty()) {
      talker.tls->send(talker.to_send.substr(0, size));
      talker.to_send.erase(0, size);
    }
    for (const std::byte byte : talker.tls->take()) talker.records += static_cast<char>(byte);
  }

  std::array<TravellerBox, worker_count> boxes_{TravellerBox({.count_max = 1, .size_max = 1}),
                                                TravellerBox({.count_max = 1, .size_max = 1})};
  TlsContexts contexts_;
  bool secure_;
};

}  // namespace gyre::connection::test
