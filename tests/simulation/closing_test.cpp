// Closing is deferred: code may go on using a connection that it has closed, of which nothing is
// sent, received or charged any more, and which says its last word when that code has returned.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/connection/server.hpp"
#include "tests/simulation/simulated_ring.hpp"

namespace gyre::connection {
namespace {

constexpr ClientAddress another_client = Ipv4Address{{std::byte{10}, {}, {}, std::byte{2}}};

std::uint64_t simulated_now_ns = 1'000'000'000;

struct Nothing {};

// Ends each connection at its first bytes, as they say, and goes on using it.
class CarelessWorker final : public User {
 public:
  explicit CarelessWorker(std::uint32_t connections_max) {
    Options options;
    options.listeners = {{.fd = 100, .is_unix = true, .name = "test"}};
    options.receive_buffer_count = 8;
    options.send_slot_count = 1;
    options.connections_max = connections_max;
    options.connection_count = &connection_count_;
    options.stop_fd = 7;
    options.clock = [] { return simulated_now_ns; };
    options.deadlines_ns.fill(1'000'000'000);
    auto ring = Server::create_ring(options);
    EXPECT_TRUE(ring);
    server.reset(
        new Server(options, std::move(*ring), ConnectionTable::of<Nothing>(), *this, metrics));
    EXPECT_TRUE(server->set_up());
  }

  Metrics metrics;
  std::unique_ptr<Server> server;
  std::size_t taken_count = 0;
  std::vector<std::string> said;  // "end" and "last word", for each connection

 private:
  std::size_t take(ConnectionBase& connection, Bytes bytes) override {
    ++taken_count;
    write(connection, "hello");
    if (bytes.front() == std::byte{'f'}) {
      server->finish(connection, CloseReason::answered);
    } else {
      server->close(connection, CloseReason::policy);
    }
    said.emplace_back("end");
    write(connection, "more");
    server->block(connection);
    server->prove(connection);
    server->detach(connection);
    EXPECT_FALSE(server->admit(connection, another_client));
    EXPECT_FALSE(server->charge(connection, 1));
    EXPECT_TRUE(connection.is_held());
    server->close(connection, CloseReason::lost);
    server->finish(connection, CloseReason::lost);
    return bytes.size() / 2;
  }
  void on_close(ConnectionBase& connection) override {
    EXPECT_FALSE(connection.is_open());
    said.emplace_back("last word");
  }
  void on_turn_end() override {
    server->check_invariants();
    EXPECT_TRUE(said.empty() || said.back() == "last word") << "it comes in the same turn";
  }
  void on_turn_begin(std::uint64_t) override {}
  void on_writable(ConnectionBase&) override {}
  std::optional<Deadline> deadline_of(const ConnectionBase&, bool) override {
    return Deadline::idle;
  }
  std::size_t refuse_plain_http(std::span<std::byte>) override { return 0; }

  void write(ConnectionBase& connection, std::string_view text) {
    const auto room = server->room(connection, 1);
    if (!room.empty()) std::ranges::copy(std::as_bytes(std::span(text)), room.begin());
    server->write(connection, room.empty() ? 0 : text.size());
  }

  ConnectionCount connection_count_ = 0;
};

class Closing : public testing::Test {
 protected:
  simulation::Client& connect(std::string_view bytes) {
    auto& client = kernel.streams.client(kernel.streams.connect(0, {}));
    client.to_worker = bytes;
    return client;
  }
  void turns(int count) {
    for (int i = 0; i < count; ++i) {
      simulated_now_ns += 1'000'000;
      ASSERT_TRUE(worker.server->turn(std::chrono::milliseconds(1)));
    }
  }

  simulation::Kernel kernel{1};
  CarelessWorker worker{1};
  const std::vector<std::string> once = {"end", "last word"};
};

TEST_F(Closing, NothingHappensAfterClose) {
  const auto& client = connect("close, and more");
  turns(10);
  EXPECT_EQ(worker.said, once);
  EXPECT_EQ(worker.taken_count, 1U);
  EXPECT_EQ(client.in_flight, "") << "what was not on its way is dropped";
  EXPECT_TRUE(client.worker_closed);
  EXPECT_EQ(worker.metrics.closed(CloseReason::policy), 1U);
  EXPECT_EQ(worker.metrics.open.load(), 0U);
}

TEST_F(Closing, WhatWasWrittenBeforeFinishIsSent) {
  auto& client = connect("finish");
  turns(10);
  EXPECT_EQ(worker.said, once);
  EXPECT_EQ(client.in_flight, "hello");
  EXPECT_TRUE(client.worker_ended);
  EXPECT_FALSE(client.worker_closed) << "until the client has closed";
  client.ended = true;
  turns(10);
  EXPECT_TRUE(client.worker_closed);
  EXPECT_EQ(worker.said, once);
  EXPECT_EQ(worker.metrics.closed(CloseReason::answered), 1U);
}

TEST_F(Closing, ItsPlaceAndItsSlotAreFreeForTheNext) {
  for (int i = 0; i < 20; ++i) {
    auto& client = connect(i % 2 == 0 ? "close" : "finish");
    turns(4);
    EXPECT_EQ(client.in_flight, i % 2 == 0 ? "" : "hello");
    client.ended = true;
    turns(4);
  }
  EXPECT_EQ(worker.metrics.closed(CloseReason::policy), 10U);
  EXPECT_EQ(worker.metrics.closed(CloseReason::answered), 10U);
  EXPECT_EQ(kernel.streams.open_descriptors(), 0U);
}

// Of two that come in the same turn, for one slot.
TEST(ClosingInATurn, WhatItHadIsFreeForTheNextCompletion) {
  simulation::Kernel kernel(1);
  CarelessWorker worker(2);
  auto& streams = kernel.streams;
  const auto first = streams.connect(0, {});
  const auto second = streams.connect(0, {});
  simulated_now_ns += 1'000'000;
  ASSERT_TRUE(worker.server->turn(std::chrono::milliseconds(1)));
  streams.client(first).to_worker = "close";
  streams.client(second).to_worker = "finish";
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(worker.server->turn(std::chrono::milliseconds(1)));
  EXPECT_EQ(worker.said, (std::vector<std::string>{"end", "last word", "end", "last word"}));
  EXPECT_EQ(streams.client(first).in_flight, "");
  EXPECT_EQ(streams.client(second).in_flight, "hello");
}

TEST_F(Closing, OneThatIsEvictedInTheSameTurnIsClosedOnce) {
  connect("");
  turns(3);
  for (int i = 0; i < 5; ++i) {
    connect("close");
    connect("finish");
    simulated_now_ns += 200'000'000;
    turns(1);
  }
  turns(10);
  simulated_now_ns += 2'000'000'000;
  turns(10);
  std::uint64_t closed_in_all = 0;
  for (std::size_t i = 0; i < close_reason_count; ++i) {
    closed_in_all += worker.metrics.closed(static_cast<CloseReason>(i));
  }
  EXPECT_EQ(closed_in_all, 11U);
  EXPECT_GT(worker.metrics.closed(CloseReason::evicted), 0U);
  EXPECT_EQ(kernel.streams.open_descriptors(), 0U);
}

}  // namespace
}  // namespace gyre::connection
