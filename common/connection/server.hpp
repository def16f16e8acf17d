// The TCP connections of one worker, whatever their protocol: accepts, receives, sends, and closes
// them, below a User, which makes sense of the plaintext. It knows neither HTTP nor WebSockets.
//
// Each piece has its rules: Acceptor, Eviction (limits, and who is evicted), Receiver, Input (PROXY
// header, stored input, whose turn it is), TlsStage, Output, Deadlines, Closing, Handoff (to other
// workers). Server is the loop that drives them, and what a User may ask of them.
//
//   socket -> Receiver -> Input -> TlsStage -> User::take()
//   socket <- Output <- TlsStage <- write()
//
// A connection that waits holds no buffer, no slot, and no stored input.
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
  // In the thread that will run it. The error says what the system lacks.
  static std::expected<ring::Ring, std::string> create_ring(const Options& options);
  // `table` says which sessions connections have. What options point to, the user and the metrics
  // outlive it. set_up() follows, before anything else; the user is not called before it.
  Server(const Options& options, ring::Ring ring, ConnectionTable table, User& user,
         Metrics& metrics);
  std::expected<void, std::string> set_up();

  // Runs until stopped; the error says why it cannot go on.
  std::expected<void, std::string> run();
  // One turn: waits at most that long for something to do, and does all of it.
  std::expected<void, std::string> turn(std::chrono::nanoseconds wait_max);
  // Stop was asked for, and everything that was received is answered and closed, by those who share
  // connection_count too: what moves finds somebody.
  bool finished() const;
  // Stop was asked for.
  bool stopping() const { return stopping_; }
  // The same, and a fifth of the time for it is over.
  bool stop_drags_on() const {
    return stopping_ && stop_deadline_ns_ < now_ns() + core_.options.stop_time_max_ns / 5 * 4;
  }

  // By this, others wake this worker: see wake(). As long as it lives.
  ring::RingId ring_id() const { return core_.ring.id(); }
  // At the end of the turn, User::on_wake() of the server with that ring is called, in its thread.
  // Nothing happens if it is gone.
  void wake(ring::RingId ring) { handoff_.wake(ring); }

  const ConnectionTable& connections() const { return core_.table; }

  // What follows is for users, until on_close() of a connection. Where it is not open any more,
  // nothing happens: there is no room, and what is written is dropped.

  // Where plaintext to be sent is written: size_min bytes at least, or nothing, if there is less
  // now, because a send is under way or no slot is free. Holds until the next call of any function
  // here; write() follows, with 0 if there is nothing to write.
  // REQUIRES: size_min is at most write_size_max, and slot_size_for(size_min) a slot's size.
  std::span<std::byte> room(ConnectionBase& connection, std::size_t size_min) {
    return tls_.room(connection, size_min);
  }
  // Has the first bytes of the room sent, at the end of the turn.
  void write(ConnectionBase& connection, std::size_t size) { tls_.write(connection, size); }
  // When there is no room: on_writable() follows.
  void wait_until_writable(ConnectionBase& connection) {
    core_.output.wait_until_writable(connection);
  }
  // The same, and take() is not called until then.
  void block(ConnectionBase& connection) { input_.block(connection); }

  // So much work was done for the connection. False: it has had its share, and waits; or it is
  // closed. A user whose take() does several things one after the other stops then, and is asked
  // again when it is its turn.
  bool charge(ConnectionBase& connection, std::uint64_t cost_ns) {
    return input_.charge(connection, cost_ns);
  }

  // Whose the connection is, when a proxy says it: it is counted as that client's, and shares are
  // that client's. May change. False: that client has as many connections as it may, and this one
  // is closed.
  bool admit(ConnectionBase& connection, const ClientAddress& client) {
    return input_.admit(connection, client);
  }
  // It has done what it is here for: it is no longer among the first to be evicted.
  void prove(ConnectionBase& connection) { core_.eviction.prove(connection); }
  // For whom one could be evicted here.
  Evictable evictable() { return core_.eviction.evictable(core_.table.used_count()); }
  // Another worker has let one of that client in above the limit that they share.
  void evict_for_other(std::uint16_t client_bucket);

  // Sends what was written and, under TLS, that nothing follows; closes when the client has closed.
  void finish(ConnectionBase& connection, CloseReason reason);
  // At once. `resets`: what the client has not taken is dropped.
  void close(ConnectionBase& connection, CloseReason reason, bool resets = false) {
    if (connection.is_open()) closing_.close(connection, reason, resets);
  }

  // Takes the connection out of this worker, with what was stored of it, and what take() is looking
  // at and leaves. What was written is sent, there is no room, and take() is not called any more.
  // User::on_detached() follows, or on_close(). Not during a handshake.
  void detach(ConnectionBase& connection) { handoff_.detach(connection); }
  // Goes on with one of another worker. Where that happens, the workers share connection_count. No
  // input is taken until resume() is called, when the user is ready for what was stored. Null:
  // there is no memory to store it in, and it was closed.
  ConnectionBase* adopt(Detached&& detached) { return handoff_.adopt(std::move(detached)); }
  void resume(ConnectionBase& connection) { handoff_.resume(connection); }
  // Closes one that no worker adopts.
  void discard(Detached&& detached, CloseReason reason) {
    handoff_.discard(std::move(detached), reason);
  }

  // For what users store themselves of messages in pieces.
  InputBudget& input_budget() { return core_.budget; }
  // If less than that is left of it, others that store something make room, as they do for what is
  // stored here.
  void make_input_room(std::size_t size, const ConnectionBase& excluded) {
    input_.make_room(size, excluded);
  }
  // Closes who has been at what it was sent for longest, and for a second or more. False: nobody.
  bool close_slowest_reader();
  // A message has come whole: whatever is waited for next has its full time.
  static void end_message(ConnectionBase& connection);

  // Everything that holds between two turns.
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
