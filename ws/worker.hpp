// One thread's share of the WebSocket tracker: its connections, from the HTTP request to the last
// Close, and the swarms that it owns.
//
// The pieces: Inbox has what comes over WebSockets, Outbox what goes, Keepalive who is still there,
// Router the other
// workers, ScrapeRounds scrapes for torrents of several, Handler what a message means. Worker puts
// them together, speaks HTTP until a connection is upgraded, and opens and closes.
//
// Threading: everything is called from the thread that runs the worker.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "common/base/random.hpp"
#include "common/base/slot_table.hpp"
#include "common/connection/transport.hpp"
#include "common/http1/request_head.hpp"
#include "common/http1/request_reader.hpp"
#include "ws/connection.hpp"
#include "ws/counters.hpp"
#include "ws/handler.hpp"
#include "ws/inbox.hpp"
#include "ws/keepalive.hpp"
#include "ws/outbox.hpp"
#include "ws/pages.hpp"
#include "ws/router.hpp"
#include "ws/scrape_rounds.hpp"
#include "ws/worker_options.hpp"

namespace gyre::ws {

class Worker final : private connection::User {
 public:
  // Call in the thread that runs it. The metrics outlive it.
  static std::expected<std::unique_ptr<Worker>, std::string> create(const WorkerOptions& options,
                                                                    const WorkerShares& shares,
                                                                    Random random,
                                                                    WorkerMetrics& metrics);
  ~Worker() override;

  // Runs until stopped; the error says why it cannot go on. All workers of the queues are there.
  std::expected<void, std::string> run() { return transport_.run(); }
  std::expected<void, std::string> turn(std::chrono::nanoseconds wait_max) {
    return transport_.turn(wait_max);
  }
  bool finished() const { return transport_.finished(); }

 private:
  using Bytes = connection::Bytes;
  using Stream = connection::Stream;

  Worker(const WorkerOptions& options, const WorkerShares& shares, ring::Ring ring, Random random,
         WorkerMetrics& metrics);

  void turn_began(std::uint64_t now_ns) override;
  void turn_ended() override;
  void opened(Stream& stream) override;
  std::size_t take(Stream& stream, Bytes bytes) override;
  void writable(Stream& stream) override { outbox_.flush(connections_[stream.index]); }
  std::optional<connection::Deadline> deadline_of(const Stream& stream, bool has_input) override;
  void handshake_ended(Stream& stream, connection::Handshake result) override;
  std::size_t refuse_plain_http(std::span<std::byte> out) override;
  void on_close(Stream& stream) override;
  void detached(Stream& stream, connection::Moved&& moved) override;
  void woken() override { process_messages(); }
  bool make_room_elsewhere(std::uint16_t client_bucket) override {
    return router_.evict_elsewhere(client_bucket);
  }
  void expire(std::uint64_t now_ns) override;
  std::uint64_t next_due_ns() override;

  http1::RequestReader::Taken respond(Stream& stream, Connection& connection,
                                      const http1::HeadResult& result, std::span<const char> input);
  http1::Response upgrade(Stream& stream, Connection& connection, std::span<std::byte> out);
  void begin_websocket(Connection& connection);
  void release(Connection& connection);
  void say_goodbye();

  // Of other workers.
  void process_messages();
  void process(WorkerMessage& message);
  void adopt(MovingConnection& moving);

  WorkerOptions options_;
  WorkerShares shares_;
  WorkerMetrics& metrics_;
  Pages pages_;
  http1::RequestHead head_;
  SlotTable<Connection> connections_;  // by the index of their streams
  std::uint64_t cost_ns_ = 0;          // of what is being handled, so far
  connection::Transport transport_;
  Outbox outbox_;
  Keepalive keepalive_;
  Router router_;
  Handler handler_;
  ScrapeRounds scrapes_;
  Inbox inbox_;

  std::uint64_t access_list_version_ = 0;
  std::uint64_t now_ns_ = 0;
  std::uint32_t websocket_count_ = 0;
  std::uint32_t goodbyes_ = 0;  // how far say_goodbye() has come
  bool is_stopping_ = false;    // since an earlier turn
};

}  // namespace gyre::ws
