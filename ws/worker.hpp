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
#include "common/connection/server.hpp"
#include "common/http1/request_head.hpp"
#include "common/http1/request_reader.hpp"
#include "ws/counters.hpp"
#include "ws/handler.hpp"
#include "ws/inbox.hpp"
#include "ws/keepalive.hpp"
#include "ws/outbox.hpp"
#include "ws/pages.hpp"
#include "ws/router.hpp"
#include "ws/scrape_rounds.hpp"
#include "ws/session.hpp"
#include "ws/worker_options.hpp"

namespace gyre::ws {

class Worker final : private connection::User {
 public:
  // Call in the thread that runs it. The metrics outlive it.
  static std::expected<std::unique_ptr<Worker>, std::string> create(const WorkerOptions& options,
                                                                    Random random,
                                                                    WorkerMetrics& metrics);
  ~Worker() override;

  // Runs until stopped; the error says why it cannot go on. All workers of the queues are there.
  std::expected<void, std::string> run() { return server_.run(); }
  std::expected<void, std::string> turn(std::chrono::nanoseconds wait_max) {
    return server_.turn(wait_max);
  }
  bool finished() const { return server_.finished(); }

  // Everything that holds between two turns.
  void check_invariants();

 private:
  using ConnectionBase = connection::ConnectionBase;

  Worker(const WorkerOptions& options, ring::Ring ring, Random random, WorkerMetrics& metrics);

  std::size_t take(ConnectionBase& base, connection::Bytes bytes) override;
  void on_writable(ConnectionBase& base) override { outbox_.flush(static_cast<Connection&>(base)); }
  std::optional<connection::Deadline> deadline_of(const ConnectionBase& base,
                                                  bool has_input) override;
  std::size_t refuse_plain_http(std::span<std::byte> out) override;
  void on_close(ConnectionBase& base) override;
  void on_detached(ConnectionBase& base, connection::Detached&& detached) override;
  void on_turn_begin(std::uint64_t now_ns) override;
  void on_wake() override { process_messages(); }
  void on_timer() override;
  std::uint64_t next_due_ns() override;
  void on_turn_end() override;
  bool evict_elsewhere(std::uint16_t client_bucket) override {
    return router_.evict_elsewhere(client_bucket);
  }

  http1::RequestReader::Taken respond(Connection& connection, const http1::HeadSize& parsed,
                                      std::span<const char> input);
  http1::Response upgrade(Connection& connection, std::span<std::byte> out);
  void begin_websocket(Connection& connection);
  void release(Connection& connection);
  void say_goodbye();

  // Of other workers.
  void process_messages();
  void process(WorkerMessage& message);
  void adopt(WorkerMessage& message);

  WorkerOptions options_;
  WorkerMetrics& metrics_;
  http1::RequestHead head_;
  std::uint64_t cost_ns_ = 0;  // of what is being handled, so far
  connection::Server server_;
  Outbox outbox_;
  Keepalive keepalive_;
  Router router_;
  Swarms swarms_;
  ExpectedAnswers expected_answers_;
  Handler handler_;
  ScrapeRounds scrapes_;
  Inbox inbox_;

  std::uint64_t access_list_version_ = 0;
  std::uint64_t deny_lists_version_ = 0;
  std::uint64_t now_ns_ = 0;
  std::uint32_t websocket_count_ = 0;
  std::uint32_t goodbyes_ = 0;  // how far say_goodbye() has come
  bool is_stopping_ = false;    // since an earlier turn
};

}  // namespace gyre::ws
