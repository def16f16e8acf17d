// A worker that echoes every line. A line that begins with 'm' is for the other one of two workers:
// its connection moves there first, as in the WebSocket tracker.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/mailbox.hpp"
#include "common/connection/server.hpp"

namespace gyre::connection::test {

inline constexpr std::size_t worker_count = 2;
// Bytes of lines that wait to be sent; beyond that no more input is taken.
inline constexpr std::size_t unsent_size_max = 5000;

struct Traveller {
  Detached detached;
  std::string unsent;
};
using TravellerBox = Mailbox<Traveller>;

class EchoWorker final : private User {
 public:
  EchoWorker(const Options& options, TravellerBox& own, TravellerBox& others)
      : others_(others), own_(own) {
    auto ring = Server::create_ring(options);
    EXPECT_TRUE(ring);
    server.reset(
        new Server(options, std::move(*ring), ConnectionTable::of<Line>(), *this, metrics));
    EXPECT_TRUE(server->set_up());
    own_.open(server->ring_id());
  }

  Metrics metrics;
  std::uint64_t adopted = 0;
  std::uint64_t stored_at_adoption = 0;  // bytes that came along
  CloseReason last_reason = CloseReason::by_client;
  std::unique_ptr<Server> server;

 private:
  struct Line {
    std::string unsent;
    bool is_here = false;  // it has arrived, so this line is for this worker
  };

  void on_turn_begin(std::uint64_t) override {}
  void on_turn_end() override { server->check_invariants(); }
  void on_close(ConnectionBase& connection) override { session_of<Line>(connection) = {}; }
  std::optional<Deadline> deadline_of(const ConnectionBase&, bool) override { return {}; }
  std::size_t refuse_plain_http(std::span<std::byte>) override { return 0; }

  std::size_t take(ConnectionBase& connection, Bytes bytes) override {
    Line& line = session_of<Line>(connection);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::size_t used = 0;
    while (!connection.is_held()) {
      const std::size_t end = text.find('\n', used);
      if (end == std::string_view::npos) break;
      if (text[used] == 'm' && !std::exchange(line.is_here, false)) {
        server->detach(connection);
        break;
      }
      line.unsent += text.substr(used, end + 1 - used);
      used = end + 1;
      send(connection);
      if (line.unsent.size() > unsent_size_max) server->block(connection);
    }
    return used;
  }

  void on_writable(ConnectionBase& connection) override { send(connection); }

  void send(ConnectionBase& connection) {
    std::string& unsent = session_of<Line>(connection).unsent;
    if (unsent.empty()) return;
    const auto room = server->room(connection, 1);
    if (room.empty()) return server->wait_until_writable(connection);
    const std::size_t size = std::min(room.size(), unsent.size());
    std::ranges::copy(std::as_bytes(std::span(unsent)).first(size), room.begin());
    unsent.erase(0, size);
    server->write(connection, size);
  }

  void on_detached(ConnectionBase& connection, Detached&& detached) override {
    Traveller traveller{std::move(detached),
                        std::exchange(session_of<Line>(connection), {}).unsent};
    const auto posted = others_.post_always(std::move(traveller), 1);
    if (posted.to_wake) server->wake(*posted.to_wake);
  }

  void on_wake() override {
    std::vector<Traveller> arrived;
    own_.take(arrived);
    for (Traveller& traveller : arrived) {
      stored_at_adoption += traveller.detached.input.size() + traveller.detached.plaintext.size();
      ConnectionBase* const connection = server->adopt(std::move(traveller.detached));
      if (connection == nullptr) continue;
      ++adopted;
      session_of<Line>(*connection) = {.unsent = std::move(traveller.unsent), .is_here = true};
      send(*connection);
      server->resume(*connection);
    }
  }

  TravellerBox& others_;
  TravellerBox& own_;
};

}  // namespace gyre::connection::test
