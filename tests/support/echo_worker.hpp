// A worker that sends back every line. A line that begins with 'm' is for the other one of two: its
// connection moves there first, as one of the WebSocket tracker does. Between transport, over
// whichever ring, and its tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/mailbox.hpp"
#include "common/connection/transport.hpp"

namespace gyre::connection::test {

inline constexpr std::size_t worker_count = 2;
// Of lines that wait for room to be sent; from here on nothing more is taken.
inline constexpr std::size_t unsent_size_max = 5000;

struct Traveller {
  Moved moved;
  std::string unsent;
};
using TravellerBox = Mailbox<Traveller>;

class EchoWorker final : private User {
 public:
  EchoWorker(const Options& options, TravellerBox& own, TravellerBox& others)
      : others_(others), own_(own) {
    auto ring = Transport::create_ring(options);
    EXPECT_TRUE(ring);
    transport.reset(new Transport(options, std::move(*ring), *this, metrics));
    EXPECT_TRUE(transport->set_up());
    own_.open(transport->ring_id());
  }

  connection::StreamMetrics metrics;
  std::uint64_t adopted = 0;
  std::uint64_t handshakes = 0;
  std::uint64_t stored_at_adoption = 0;  // bytes that came along
  connection::CloseReason last_reason = connection::CloseReason::by_client;
  std::unique_ptr<Transport> transport;

 private:
  struct Line {
    std::string unsent;
    bool is_here = false;  // the line at which it arrived is for this worker
  };

  void turn_began(std::uint64_t) override {}
  void turn_ended() override {}
  void opened(connection::Stream& stream) override { lines_.grow_beyond(stream.index); }
  void on_close(connection::Stream& stream) override { lines_[stream.index] = {}; }
  std::optional<connection::Deadline> deadline_of(const connection::Stream&, bool) override {
    return {};
  }
  void handshake_ended(connection::Stream&, Handshake result) override {
    EXPECT_NE(result, Handshake::failed);
    ++handshakes;
  }
  std::size_t refuse_plain_http(std::span<std::byte>) override { return 0; }

  std::size_t take(connection::Stream& stream, Bytes bytes) override {
    Line& line = lines_[stream.index];
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::size_t used = 0;
    while (!transport->is_held(stream)) {
      const std::size_t end = text.find('\n', used);
      if (end == std::string_view::npos) break;
      if (text[used] == 'm' && !std::exchange(line.is_here, false)) {
        transport->detach(stream);
        break;
      }
      line.unsent += text.substr(used, end + 1 - used);
      used = end + 1;
      send(stream);
      if (line.unsent.size() > unsent_size_max) transport->block(stream);
    }
    return used;
  }

  void writable(connection::Stream& stream) override { send(stream); }

  void send(connection::Stream& stream) {
    std::string& unsent = lines_[stream.index].unsent;
    if (unsent.empty()) return;
    const auto room = transport->room(stream, 1);
    if (room.empty()) return transport->wait_until_writable(stream);
    const std::size_t size = std::min(room.size(), unsent.size());
    std::ranges::copy(std::as_bytes(std::span(unsent)).first(size), room.begin());
    unsent.erase(0, size);
    transport->write(stream, size);
  }

  void detached(connection::Stream& stream, Moved&& moved) override {
    Traveller traveller{std::move(moved), std::exchange(lines_[stream.index], {}).unsent};
    const auto posted = others_.post_always(std::move(traveller), 1);
    if (posted.to_wake) transport->wake(*posted.to_wake);
  }

  void woken() override {
    std::vector<Traveller> arrived;
    own_.take(arrived);
    for (Traveller& traveller : arrived) {
      stored_at_adoption += traveller.moved.input.size() + traveller.moved.plaintext.size();
      connection::Stream* const stream = transport->adopt(std::move(traveller.moved));
      if (stream == nullptr) continue;
      ++adopted;
      lines_.grow_beyond(stream->index);
      lines_[stream->index] = {.unsent = std::move(traveller.unsent), .is_here = true};
      send(*stream);
      transport->resume(*stream);
    }
  }

  TravellerBox& others_;
  TravellerBox& own_;
  SlotTable<Line> lines_;
};

}  // namespace gyre::connection::test
