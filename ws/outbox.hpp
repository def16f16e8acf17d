// Sends to the WebSockets of one worker: frames messages, compresses those that are long, and keeps
// what a client does not take at once.
//
// Rules:
//   1. What waits for a client are whole frames, up to a limit for each connection and for all;
//      beyond, a message is dropped, and counted.
//   2. After a Close nothing more is sent; the connection is closed when it has gone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "common/base/stored_input.hpp"
#include "common/connection/server.hpp"
#include "ws/counters.hpp"
#include "ws/deflate.hpp"
#include "ws/frame.hpp"
#include "ws/message_sink.hpp"
#include "ws/session.hpp"
#include "ws/worker_options.hpp"

namespace gyre::ws {

class Outbox {
 public:
  // What is passed by reference outlives it. The cost of sending is added to `cost_ns`.
  Outbox(const WorkerOptions& options, connection::Server& server, WorkerMetrics& metrics,
         std::uint64_t& cost_ns);

  // `kind`: sent_announce or another of that family.
  void send_message(Connection& connection, WorkerCounter kind, Parts parts);
  // A frame of its own, which is not compressed here. False: it was dropped.
  bool send_frame(Connection& connection, const FrameHeader& header, Parts parts);
  // Sends a Close with the reason; the connection is closed once that has been sent.
  void send_close(Connection& connection, CloseCode code, std::string_view reason,
                  connection::CloseReason why);

  // There is room again: what waits goes on its way.
  void flush(Connection& connection);
  // Forgets what waits.
  void clear(Connection& connection) { connection.session.unsent.clear(budget_); }

  // So that a few slow readers cannot use up the memory for unsent frames.
  void close_slow_readers();

 private:
  bool keep(Connection& connection, std::span<const std::byte> header, Parts parts);

  const WorkerOptions& options_;
  connection::Server& server_;
  WorkerMetrics& metrics_;
  std::uint64_t& cost_ns_;
  InputBudget budget_;
  Deflater deflater_;
  std::unique_ptr<std::byte[]> deflated_;  // the message that is being sent
};

}  // namespace gyre::ws
