// One thread's share of the HTTP tracker: requests from its connections to the handler, responses
// back.
//
// Rules:
//   1. Requests of a connection are answered in their order, each exactly once; those that came
//      together leave together, as far as a send slot holds them.
//   2. While an answer is under way, what comes is stored, and receiving pauses when a whole
//   request
//      head is there.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "common/base/clock.hpp"
#include "common/connection/server.hpp"
#include "common/swarm/access_list.hpp"
#include "http/counters.hpp"
#include "http/handler.hpp"
#include "http/session.hpp"
#include "http/worker_limits.hpp"

namespace gyre::http {

class Worker final : private connection::User {
 public:
  // Everything passed by reference or pointer outlives the worker. Call in the thread that runs it.
  // Of the options, sizes are the worker's business.
  static std::expected<std::unique_ptr<Worker>, std::string> create(
      const connection::Options& options, Handler handler, const ProcessClock& clock,
      const swarm::SharedAccessList& access_list, WorkerMetrics& metrics);

  // Runs until stopped; the error says why it cannot go on.
  std::expected<void, std::string> run() { return server_.run(); }

  // One turn: waits at most that long for something to do, and does all of it.
  std::expected<void, std::string> turn(std::chrono::nanoseconds wait_max) {
    return server_.turn(wait_max);
  }

  // Stop was asked for, and everything that had been received is answered, sent and closed.
  bool finished() const { return server_.finished(); }

  // Everything that holds between two turns.
  void check_invariants() const { server_.check_invariants(); }

 private:
  using ConnectionBase = connection::ConnectionBase;

  Worker(const connection::Options& options, ring::Ring ring, Handler handler,
         const ProcessClock& clock, const swarm::SharedAccessList& access_list,
         WorkerMetrics& metrics);

  std::size_t take(ConnectionBase& connection, connection::Bytes bytes) override;
  void on_writable(ConnectionBase& connection) override;
  std::optional<connection::Deadline> deadline_of(const ConnectionBase& connection,
                                                  bool has_input) override;
  std::size_t refuse_plain_http(std::span<std::byte> out) override;
  void on_close(ConnectionBase& connection) override;
  void on_turn_begin(std::uint64_t now_ns) override;
  void on_turn_end() override;

  http1::RequestReader::Taken respond(ConnectionBase& connection, const http1::HeadSize& parsed,
                                      std::span<const char> input);
  void send_body(ConnectionBase& connection);

  std::uint64_t (*now_)();
  bool is_behind_proxies_;
  Handler handler_;
  ProcessClock clock_;
  const swarm::SharedAccessList& access_list_;
  const limits::SharedDenyLists* deny_lists_;
  WorkerMetrics& metrics_;

  http1::RequestHead head_;
  std::uint64_t access_list_version_ = 0;
  std::uint64_t deny_lists_version_ = 0;
  std::uint64_t turn_began_ns_ = 0;
  std::uint64_t responses_in_turn_ = 0;
  connection::Server server_;
};

}  // namespace gyre::http
