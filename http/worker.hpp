// One thread's share of the HTTP tracker: requests from its connections to the handler, responses
// back, over plain TCP, unix sockets and TLS, with the PROXY protocol before them where it is set.
// Between io::Streams, which moves bytes, and the handler, which knows what an announce means.
//
// Rules:
//   1. Requests of a connection are answered in their order, each exactly once; those that came
//      together leave together, as far as a send slot holds them.
//   2. While an answer is under way, what comes is kept, and receiving pauses when a whole request
//      head is there; so a client that does not read is not read from.
//   3. A request that is cut in pieces is put together in memory from a budget; a connection that
//      waits for one holds none.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "common/clock.hpp"
#include "common/io/slot_table.hpp"
#include "common/io/stored_input.hpp"
#include "common/io/streams.hpp"
#include "common/shared_value.hpp"
#include "common/swarm/shared_access_list.hpp"
#include "common/tls/context.hpp"
#include "http/connection.hpp"
#include "http/counters.hpp"
#include "http/handler.hpp"
#include "http/worker_limits.hpp"

namespace gyre::http_tracker {

using TlsContexts = SharedValue<tls::Context>;

struct WorkerOptions {
  // Listeners, stop_fd, limits and deadlines; sizes are the worker's business.
  io::StreamsOptions streams = {};
  std::size_t input_memory = std::size_t{64} << 20;  // for requests in pieces, in bytes
  bool proxy_protocol = false;                       // every connection begins with its header
  const TlsContexts* tls_contexts = nullptr;         // of secure listeners; replaced on reload
};

class Worker final : private io::StreamUser {
 public:
  // Everything passed by reference or pointer outlives the worker. Call in the thread that runs it.
  static std::expected<std::unique_ptr<Worker>, std::string> create(
      const WorkerOptions& options, Handler handler, const ProcessClock& clock,
      const swarm::SharedAccessList& access_list, WorkerMetrics& metrics);

  // Runs until stopped; the error says why it cannot go on.
  std::expected<void, std::string> run() { return streams_->run(); }

  // One turn: waits at most that long for something to do, and does all of it.
  std::expected<void, std::string> turn(std::chrono::nanoseconds wait_max) {
    return streams_->turn(wait_max);
  }

  // Stop was asked for, and everything that had been received is answered, sent and closed.
  bool finished() const { return streams_->finished(); }

 private:
  using Bytes = std::span<const std::byte>;
  // Takes as much of the bytes as can be made sense of now, and returns how much that was.
  using Stage = std::size_t (Worker::*)(io::Stream&, Connection&, Bytes);

  Worker(const WorkerOptions& options, Handler handler, const ProcessClock& clock,
         const swarm::SharedAccessList& access_list, WorkerMetrics& metrics);

  void turn_began(std::uint64_t now_ns) override;
  void opened(io::Stream& stream) override;
  void received(io::Stream& stream, Bytes bytes) override;
  void ended(io::Stream& stream) override;
  void writable(io::Stream& stream) override;
  void closed(io::Stream& stream) override;
  void turn_ended() override;

  void feed(io::Stream& stream, Connection& connection, io::StoredInput& stored, Bytes bytes,
            Stage stage);
  void work_off(io::Stream& stream, Connection& connection, io::StoredInput& stored, Stage stage);
  bool keep(io::Stream& stream, io::StoredInput& stored, Bytes bytes);
  bool close_another(const io::Stream& stream);
  void settle(io::Stream& stream, Connection& connection);

  // Stages: of bytes as received, of TLS records, of requests.
  std::size_t take_received(io::Stream& stream, Connection& connection, Bytes bytes);
  std::size_t take_records(io::Stream& stream, Connection& connection, Bytes bytes);
  std::size_t take_requests(io::Stream& stream, Connection& connection, Bytes bytes);

  std::size_t take_proxy_header(io::Stream& stream, Connection& connection, Bytes bytes);
  bool respond(io::Stream& stream, Connection& connection, const http::HeadResult& result,
               std::span<const char> input);
  bool write(io::Stream& stream, Connection& connection, std::size_t size,
             std::span<std::byte> room);
  void block(io::Stream& stream, Connection& connection);
  void send_body(io::Stream& stream, Connection& connection);
  void finish(io::Stream& stream, Connection& connection, io::CloseReason reason);

  void begin_tls(io::Stream& stream, Connection& connection);
  void handle_tls_status(io::Stream& stream, Connection& connection, tls::Session::Status before);

  WorkerOptions options_;
  Handler handler_;
  ProcessClock clock_;
  const swarm::SharedAccessList& access_list_;
  WorkerMetrics& metrics_;

  io::SlotTable<Connection> connections_;  // by the index of their streams
  io::InputBudget budget_;
  http::RequestHead head_;
  std::unique_ptr<std::byte[]> scratch_;  // plaintext, before it is sealed or after it was opened
  std::shared_ptr<const tls::Context> tls_context_;
  std::uint64_t tls_context_version_ = 0;
  std::uint64_t access_list_version_ = 0;
  std::uint64_t turn_began_ns_ = 0;
  std::uint64_t responses_in_turn_ = 0;
  std::unique_ptr<io::Streams> streams_;  // the last: what it calls is there as long as it is
};

}  // namespace gyre::http_tracker
