// From received bytes to the session: the PROXY protocol's preamble, TLS records, stored input, and
// whose turn it is.
//
// Rules:
//   1. What the session cannot use yet is stored, from a budget, and offered again with what
//   follows
//      it. An idle connection stores nothing.
//   2. A blocked connection is not offered input, and once enough is stored, receiving pauses. So a
//      client that does not read is not read from.
//   3. Work is charged to the connection it is done for (charge()). One that has used up its share
//   of
//      a turn waits in line, as does every other while any waits; so those that ask for little are
//      served in between, whatever others send. See limits::FairTurns.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/connection/closing.hpp"
#include "common/connection/core.hpp"
#include "common/connection/tls_stage.hpp"

namespace gyre::connection {

class Input {
 public:
  // They outlive it.
  Input(Core& core, Closing& closing, TlsStage& tls) : core_(core), closing_(closing), tls_(tls) {}

  void on_turn_begin();

  // Of a new connection.
  void begin(ConnectionBase& connection);
  void handle_received(ConnectionBase& connection, Bytes bytes);
  // The client has closed its side. Complete requests are still answered.
  void handle_end(ConnectionBase& connection) { settle(connection); }
  // A send has completed, or a slot is free again.
  void handle_writable(ConnectionBase& connection);

  // Offers stored input again.
  void process_stored(ConnectionBase& connection);
  // Serves those that wait in line, within the time that a turn has for them.
  void serve_waiting();
  bool any_waiting() const { return core_.turns.any_waiting(); }

  // Whose the connection is, when a proxy says it. False: that client has as many connections as it
  // may, and this one is closed.
  bool admit(ConnectionBase& connection, const ClientAddress& client);
  // The connection has work to do now; it may have to wait in line for it.
  void begin_turn(ConnectionBase& connection);
  bool charge(ConnectionBase& connection, std::uint64_t cost_ns) {
    work_in_turn_ns_ += cost_ns;
    const bool may_go_on = work_in_turn_ns_ < work_max_ns_ && connection.is_open();
    return (may_go_on && core_.turns.try_charge(connection, cost_ns)) ||
           charge_and_wait(connection, cost_ns);
  }
  void block(ConnectionBase& connection);

  // Stores the bytes. When the budget is used up, connections that store much are closed, then
  // those in a request for longest, or that have not read. False if that was not enough.
  bool store(StoredInput& stored, Bytes bytes, const ConnectionBase* excluded);
  void make_room(std::size_t size, const ConnectionBase& excluded);

 private:
  // Takes as much of the bytes as it can use now, and returns how much that was.
  using Stage = std::size_t (Input::*)(ConnectionBase&, Bytes);

  void feed(ConnectionBase& connection, StoredInput& stored, Bytes bytes, Stage stage);
  void process_stored(ConnectionBase& connection, StoredInput& stored, Stage stage);
  void store_or_close(ConnectionBase& connection, StoredInput& stored, Bytes bytes);
  bool evict_for_memory(const ConnectionBase* excluded);
  bool close_one_that_stores(const ConnectionBase* excluded);
  bool charge_and_wait(ConnectionBase& connection, std::uint64_t cost_ns);
  void settle(ConnectionBase& connection);

  // Stages: of bytes as received, of TLS records, of plaintext.
  std::size_t take_received(ConnectionBase& connection, Bytes bytes);
  bool take_rates(ConnectionBase& connection);
  std::size_t take_preamble(ConnectionBase& connection, Bytes bytes);
  std::size_t take_records(ConnectionBase& connection, Bytes bytes);
  std::size_t take_plaintext(ConnectionBase& connection, Bytes bytes);
  void account_unfinished(ConnectionBase& connection);

  Core& core_;
  Closing& closing_;
  TlsStage& tls_;
  std::uint64_t work_in_turn_ns_ = 0;
  std::uint64_t work_max_ns_ = 0;  // beyond, connections wait
};

}  // namespace gyre::connection
