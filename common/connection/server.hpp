// The TCP connections of one worker, whatever their protocol: accepts, reads, writes and closes
// them for a User, which understands the plaintext. It knows neither HTTP nor WebSockets.
//
// Each piece has its rules: Acceptor, Eviction (limits, and who is evicted), Receiver, Input (PROXY
// preamble, stored input, whose turn it is), TlsStage, Output, Deadlines, Closing, Handoff (to
// other workers). Server is the loop that drives them, and what a User may ask of them.
//
//   socket -> Receiver -> Input -> TlsStage -> User::take()
//   socket <- Output <- TlsStage <- write()
//
// An idle connection holds no buffer, no slot, and no stored input.
//
// Threading: everything is called from the thread that runs the worker; wake() reaches another's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <utility>

#include "common/connection/acceptor.hpp"
#include "common/connection/closing.hpp"
#include "common/connection/core.hpp"
#include "common/connection/handoff.hpp"
#include "common/connection/input.hpp"
#include "common/connection/tls_stage.hpp"
#include "common/ring/ring.hpp"

namespace gyre::connection {

class Server {
 public:
  // To be called in the thread that will run it. The error says what the system lacks.
  static std::expected<ring::Ring, std::string> create_ring(const Options& options);
  // `table` is of the protocol's sessions. What options point to, the user and the metrics outlive
  // it. set_up() must follow before anything else; the user is not called before it.
  Server(const Options& options, ring::Ring ring, ConnectionTable table, User& user,
         Metrics& metrics);
  std::expected<void, std::string> set_up();

  // Runs until stopped. The error says why it cannot continue.
  std::expected<void, std::string> run();
  // One turn: waits that long at most for something to do, then does all of it.
  std::expected<void, std::string> turn(std::chrono::nanoseconds wait_max);
  // A stop was requested, and everything that was received is answered and closed; with the workers
  // that share connection_count, too, so that a moving connection finds its worker.
  bool finished() const;
  // A stop was requested.
  bool stopping() const { return stopping_; }
  // The same, and a fifth of its time is over.
  bool stop_drags_on() const {
    return stopping_ && stop_deadline_ns_ < now_ns() + core_.options.stop_time_max_ns / 5 * 4;
  }

  // Names this worker for wake() of others, as long as it lives.
  ring::RingId ring_id() const { return core_.ring.id(); }
  // At the end of the turn, has User::on_wake() of the server with that ring called, in its thread.
  // Nothing happens if it is gone.
  void wake(ring::RingId ring) { handoff_.wake(ring); }

  const ConnectionTable& connections() const { return core_.table; }

  // What follows is for users, until on_close() of a connection. If it is no longer open, nothing
  // happens: there is no room, and what is written is dropped.

  // Where to write plaintext: at least size_min bytes, or nothing if there is less now, because a
  // send is in flight or no slot is free. Valid until the next call of any function here. write()
  // must follow, with 0 if there is nothing to write.
  // REQUIRES: size_min is at most write_size_max, and slot_size_for(size_min) a slot's size.
  std::span<std::byte> room(ConnectionBase& connection, std::size_t size_min) {
    return tls_.room(connection, size_min);
  }
  // Has that many bytes of the room sent, at the end of the turn.
  void write(ConnectionBase& connection, std::size_t size) { tls_.write(connection, size); }
  // To be called when there is no room; on_writable() follows.
  void wait_until_writable(ConnectionBase& connection) {
    core_.output.wait_until_writable(connection);
  }
  // The same, and take() is not called until then.
  void block(ConnectionBase& connection) { input_.block(connection); }

  // Charges work to the connection. False if it has had its share, and waits, or is closed: take()
  // should return then, and is called again when it is the connection's turn.
  bool charge(ConnectionBase& connection, std::uint64_t cost_ns) {
    return input_.charge(connection, cost_ns);
  }

  // Names the client, when a proxy does: the connection counts and has its shares as that client's.
  // The client may change. False if it is at its limit of connections; this one is closed then.
  bool admit(ConnectionBase& connection, const ClientAddress& client) {
    return input_.admit(connection, client);
  }
  // It has done something useful, and is no longer among the first to be evicted.
  void prove(ConnectionBase& connection) { core_.eviction.prove(connection); }
  // For which newcomers a connection could be evicted here.
  Evictable evictable() { return core_.eviction.evictable(core_.table.used_count()); }
  // Another worker has admitted one of that client above the limit that they share.
  void evict_for_other(std::uint16_t client_bucket) {
    if (!core_.eviction.is_over_limit() || closing_.evict()) return;
    closing_.evict_of_largest(client_bucket);
  }

  // Sends what was written and, under TLS, close_notify; closes when the client has closed.
  void finish(ConnectionBase& connection, CloseReason reason);
  // Immediately. `resets`: what the client has not received is dropped.
  void close(ConnectionBase& connection, CloseReason reason, bool resets = false) {
    if (connection.is_open()) closing_.close(connection, reason, resets);
  }

  // Takes the connection out of this worker, with its stored input and what take() leaves of its
  // bytes. What was written is sent; there is no more room, and take() is not called again.
  // User::on_detached() follows, or on_close().
  // REQUIRES: no handshake is in progress.
  void detach(ConnectionBase& connection) { handoff_.detach(connection); }
  // Takes over a connection of another worker, which shares connection_count. Its input waits until
  // resume(). Null if there was no memory for its input, and it was closed.
  ConnectionBase* adopt(Detached&& detached) { return handoff_.adopt(std::move(detached)); }
  void resume(ConnectionBase& connection) { handoff_.resume(connection); }
  // Closes one that no worker adopts.
  void discard(Detached&& detached, CloseReason reason) {
    handoff_.discard(std::move(detached), reason);
  }

  // For what users store of incomplete messages.
  InputBudget& input_budget() { return core_.budget; }
  // If less than that is left of it, closes connections that store much, as for input stored here.
  void make_input_room(std::size_t size, const ConnectionBase& excluded) {
    input_.make_room(size, excluded);
  }
  // Closes the connection that has been receiving the same send for longest, if for a second or
  // more. False if there is none.
  bool close_slowest_reader();
  // A message is complete: the deadline of the next one begins anew.
  static void end_message(ConnectionBase& connection) {
    if (Deadlines::is_waiting_for(connection, Deadline::message)) Deadlines::clear(connection);
  }

  // CHECKs everything that holds between two turns.
  void check_invariants() const;

 private:
  std::uint64_t now_ns() const { return core_.deadlines.now_ns(); }
  void handle(const ring::Completion& completion);
  void handle_receive(const ring::Completion& completion);
  void handle_receive_end(ConnectionBase& connection, std::int32_t result);
  void handle_send(const ring::Completion& completion);
  void open(Detached&& newcomer);
  ConnectionBase* find(std::uint64_t token);

  void expire();
  void serve_waiting_for_slot();
  void take_slots_back();
  void begin_stop();
  void advance_stop(bool is_quiet);
  void end_turn();
  std::uint64_t wait_time(std::uint64_t wait_max_ns);

  Core core_;
  Closing closing_;
  Acceptor acceptor_;
  TlsStage tls_;
  Input input_;
  Handoff handoff_;
  std::uint64_t stop_deadline_ns_ = 0;
  bool stopping_ = false;
};

}  // namespace gyre::connection
