// One thread's share of the HTTP tracker: requests from its connections to the handler, responses
// back. Between transport, which has sockets, TLS and the PROXY protocol, and the handler, which
// knows what an announce means.
//
// Rules:
//   1. Requests of a connection are answered in their order, each exactly once; those that came
//      together leave together, as far as a send slot holds them.
//   2. While an answer is under way, what comes is kept, and receiving pauses when a whole request
//      head is there.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/slot_table.hpp"
#include "common/connection/transport.hpp"
#include "common/swarm/shared_access_list.hpp"
#include "http/connection.hpp"
#include "http/counters.hpp"
#include "http/handler.hpp"
#include "http/worker_limits.hpp"

namespace gyre::http {

struct WorkerOptions {
  // Listeners, stop_fd, limits and deadlines; sizes are the worker's business.
  connection::StreamsOptions streams = {};
  std::size_t input_memory = std::size_t{64} << 20;       // for requests in pieces, in bytes
  bool proxy_protocol = false;                            // every connection begins with its header
  const connection::TlsContexts* tls_contexts = nullptr;  // of secure listeners
  std::uint32_t handshakes_max = 4096;                    // of TLS, under way at once
};

class Worker final : private connection::User {
 public:
  // Everything passed by reference or pointer outlives the worker. Call in the thread that runs it.
  static std::expected<std::unique_ptr<Worker>, std::string> create(
      const WorkerOptions& options, Handler handler, const ProcessClock& clock,
      const swarm::SharedAccessList& access_list, WorkerMetrics& metrics);

  // Runs until stopped; the error says why it cannot go on.
  std::expected<void, std::string> run() { return transport_.run(); }

  // One turn: waits at most that long for something to do, and does all of it.
  std::expected<void, std::string> turn(std::chrono::nanoseconds wait_max) {
    return transport_.turn(wait_max);
  }

  // Stop was asked for, and everything that had been received is answered, sent and closed.
  bool finished() const { return transport_.finished(); }

 private:
  Worker(const WorkerOptions& options, const connection::Options& transport, ring::Ring ring,
         Handler handler, const ProcessClock& clock, const swarm::SharedAccessList& access_list,
         WorkerMetrics& metrics);

  void turn_began(std::uint64_t now_ns) override;
  void opened(connection::Stream& stream) override;
  std::size_t take(connection::Stream& stream, connection::Bytes bytes) override;
  void writable(connection::Stream& stream) override;
  std::optional<connection::Deadline> deadline_of(const connection::Stream& stream,
                                                  bool has_input) override;
  void handshake_ended(connection::Stream& stream, connection::Handshake result) override;
  std::size_t refuse_plain_http(std::span<std::byte> out) override;
  void on_close(connection::Stream& stream) override;
  void turn_ended() override;

  http1::RequestReader::Taken respond(connection::Stream& stream, Connection& connection,
                                      const http1::HeadResult& result, std::span<const char> input);
  void send_body(connection::Stream& stream, Connection& connection);

  std::uint64_t (*now_)();
  bool is_behind_proxies_;
  Handler handler_;
  ProcessClock clock_;
  const swarm::SharedAccessList& access_list_;
  WorkerMetrics& metrics_;

  SlotTable<Connection> connections_;  // by the index of their streams
  http1::RequestHead head_;
  std::uint64_t access_list_version_ = 0;
  std::uint64_t turn_began_ns_ = 0;
  std::uint64_t responses_in_turn_ = 0;
  connection::Transport transport_;  // the last: what it calls is there
};

}  // namespace gyre::http
