// Closing is deferred: code may go on using a connection that it has closed, of which nothing is
// sent, received or charged any more, and which says its last word at the end of the turn.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/connection/transport.hpp"
#include "tests/simulation/simulated_ring.hpp"

namespace gyre::connection {
namespace {

constexpr ClientAddress another_client = Ipv4Address{{std::byte{10}, {}, {}, std::byte{2}}};

std::uint64_t simulated_now_ns = 1'000'000'000;

// Ends each connection at its first bytes, as they say, and goes on using it.
class CarelessWorker final : public User {
 public:
  CarelessWorker() {
    Options options;
    options.streams.listeners = {{.fd = 100, .is_unix = true, .name = "test"}};
    options.streams.receive_buffer_count = 8;
    options.streams.send_slot_count = 1;
    options.streams.connections_max = 1;
    options.streams.connection_count = &connection_count_;
    options.streams.stop_fd = 7;
    options.streams.clock = [] { return simulated_now_ns; };
    options.streams.deadlines_ns.fill(1'000'000'000);
    auto ring = Transport::create_ring(options);
    EXPECT_TRUE(ring);
    transport.reset(new Transport(options, std::move(*ring), *this, metrics));
    EXPECT_TRUE(transport->set_up());
  }

  StreamMetrics metrics;
  std::unique_ptr<Transport> transport;
  std::size_t taken_count = 0;
  std::vector<std::string> said;  // "end" and "last word", for each connection

 private:
  std::size_t take(Stream& stream, Bytes bytes) override {
    ++taken_count;
    write(stream, "hello");
    if (bytes.front() == std::byte{'f'}) {
      transport->finish(stream, CloseReason::answered);
    } else {
      transport->close(stream, CloseReason::policy);
    }
    said.emplace_back("end");
    write(stream, "more");
    transport->block(stream);
    transport->prove(stream);
    transport->detach(stream);
    EXPECT_FALSE(transport->admit(stream, another_client));
    EXPECT_FALSE(transport->charge(stream, 1));
    EXPECT_TRUE(transport->is_held(stream));
    transport->close(stream, CloseReason::lost);
    transport->finish(stream, CloseReason::lost);
    return bytes.size() / 2;
  }
  void on_close(Stream& stream) override {
    EXPECT_FALSE(stream.open);
    said.emplace_back("last word");
  }
  void turn_ended() override {
    EXPECT_TRUE(said.empty() || said.back() == "last word") << "it comes in the same turn";
  }
  void turn_began(std::uint64_t) override {}
  void opened(Stream&) override {}
  void writable(Stream&) override {}
  std::optional<Deadline> deadline_of(const Stream&, bool) override { return Deadline::idle; }
  void handshake_ended(Stream&, Handshake) override {}
  std::size_t refuse_plain_http(std::span<std::byte>) override { return 0; }

  void write(Stream& stream, std::string_view text) {
    const auto room = transport->room(stream, 1);
    if (!room.empty()) std::ranges::copy(std::as_bytes(std::span(text)), room.begin());
    transport->write(stream, room.empty() ? 0 : text.size());
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
      ASSERT_TRUE(worker.transport->turn(std::chrono::milliseconds(1)));
    }
  }

  simulation::Kernel kernel{1};
  CarelessWorker worker;
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
