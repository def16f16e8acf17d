// Which WebSockets of one worker are still there: who has said nothing for a while is pinged, and
// closed if nothing comes back; who has made no announce or scrape is closed after a while,
// whatever else it says.
//
// Invariant: a WebSocket is in one list at most: until its first announce or scrape in `unproven_`,
// then in `silent_`, from a ping to the next bytes in `pinged_`.
#pragma once

#include <cstdint>

#include "common/connection/deadline_list.hpp"
#include "common/connection/server.hpp"
#include "ws/counters.hpp"
#include "ws/outbox.hpp"
#include "ws/session.hpp"
#include "ws/worker_options.hpp"

namespace gyre::ws {

class Keepalive {
 public:
  // What is passed by reference outlives it.
  Keepalive(const WorkerOptions& options, connection::Server& server, Outbox& outbox,
            WorkerMetrics& metrics);

  void set_time(std::uint64_t now_ns) { now_ns_ = now_ns; }

  void begin(Connection& connection) { unproven_.append(connection.session, now_ns_); }
  // It has made its first announce or scrape.
  void prove(Connection& connection);
  // Something has come.
  void hear(Connection& connection);
  // Asks whether the client is still there, unless it was asked before.
  void probe(Connection& connection);
  static void remove(Connection& connection) {
    connection::DeadlineList::remove(connection.session);
  }

  // Pings and closes whose time has come.
  void expire();
  std::uint64_t next_due_ns();

  void check_invariants() const;

 private:
  void ping(Connection& connection);

  connection::Server& server_;
  Outbox& outbox_;
  WorkerMetrics& metrics_;
  connection::DeadlineList unproven_;
  connection::DeadlineList silent_;
  connection::DeadlineList pinged_;
  std::uint64_t now_ns_ = 0;
};

}  // namespace gyre::ws
