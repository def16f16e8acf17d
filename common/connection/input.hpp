// From received bytes to the session: the PROXY protocol's header, TLS records, bytes that are
// stored until they can be used, and whose turn it is.
//
// Rules:
//   1. What cannot be used yet is stored and offered again, with what has come after it, in memory
//      from a budget; a connection that waits holds none.
//   2. Who is blocked is not asked to take anything; when much has come, receiving pauses too. So a
//      client that does not read is not read from.
//   3. What is done for connections is charged to them (charge()). Who has used up its share of a
//      turn waits in line, as does everybody else while somebody waits; so who asks little is
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
  // The client sends no more. Whatever is complete is answered all the same.
  void handle_end(ConnectionBase& connection) { settle(connection); }
  // What was written has gone, or there is a slot again.
  void handle_writable(ConnectionBase& connection);

  // Goes on with what is stored.
  void process_stored(ConnectionBase& connection);
  // Serves those who wait in line, for as long as a turn has time for them.
  void serve_waiting();
  bool any_waiting() const { return core_.turns.any_waiting(); }

  // Whose the connection is, when a proxy says it. False: that client has as many connections as it
  // may, and this one is closed.
  bool admit(ConnectionBase& connection, const ClientAddress& client);
  // Of one that has come from another worker, to which input may be added already.
  void begin_turn(ConnectionBase& connection);
  bool charge(ConnectionBase& connection, std::uint64_t cost_ns) {
    work_in_turn_ns_ += cost_ns;
    const bool may_go_on = work_in_turn_ns_ < work_max_ns_ && connection.is_open();
    return (may_go_on && core_.turns.try_charge(connection, cost_ns)) ||
           charge_and_wait(connection, cost_ns);
  }
  void block(ConnectionBase& connection);

  // When the memory is used up, those make room who store too much in it, then those who have been
  // at a request for longest, or have not read their answers. False: there is none.
  bool store(StoredInput& stored, Bytes bytes, const ConnectionBase* excluded);
  void make_room(std::size_t size, const ConnectionBase& excluded);

 private:
  // Takes as much of the bytes as can be made sense of now, and returns how much that was.
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
  std::size_t take_preamble(ConnectionBase& connection, Bytes bytes);
  std::size_t take_records(ConnectionBase& connection, Bytes bytes);
  std::size_t take_plaintext(ConnectionBase& connection, Bytes bytes);
  void account_unfinished(ConnectionBase& connection);

  Core& core_;
  Closing& closing_;
  TlsStage& tls_;
  std::uint64_t work_in_turn_ns_ = 0;
  std::uint64_t work_max_ns_ = 0;  // then who has more to be done waits
};

}  // namespace gyre::connection
