// The one interface between the connections of a worker and their protocol.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/connection/connection.hpp"
#include "common/connection/deadlines.hpp"

namespace gyre::connection {

// What a protocol implements. Each function may call anything of Server but run() and turn(). Only
// on_close() is called for a connection that is not open.
class User {
 public:
  User() = default;
  User(const User&) = delete;
  User& operator=(const User&) = delete;
  virtual ~User() = default;

  // Takes as much plaintext as it can use now, and returns how much that was. The rest is stored,
  // and offered again with what follows it. The bytes are valid until it returns.
  virtual std::size_t take(ConnectionBase& connection, Bytes bytes) = 0;
  // There is room again: a send has completed, or a slot is free. take() follows if input is stored
  // and the connection is not blocked again.
  virtual void on_writable(ConnectionBase& connection) = 0;
  // What it waits for now, unless for a handshake or a send; nothing if it may stay silent.
  // `has_input`: not all that was offered was taken. Of bytes that trickle in, only the first
  // begins a deadline.
  virtual std::optional<Deadline> deadline_of(const ConnectionBase& connection, bool has_input) = 0;
  // Writes the response to a client that speaks plain HTTP on a port for TLS, after which the
  // connection is closed; returns its size.
  virtual std::size_t refuse_plain_http(std::span<std::byte> out) = 0;
  // The last call for it, in the turn in which it was closed or finished, by whomever. It comes
  // once the other functions here have returned; only if one asks for memory (make_input_room(),
  // close_slowest_reader()) or adopts, it may come in the middle of that. Leaves the session as
  // new, for the next connection.
  virtual void on_close(ConnectionBase& connection) = 0;
  // The last call for one that was detached. `detached` is for adopt() of another worker, or
  // discard() of any. Leaves the session as new.
  virtual void on_detached(ConnectionBase& /*connection*/, Detached&& /*detached*/) {}

  virtual void on_turn_begin(std::uint64_t now_ns) = 0;
  // Another worker has called wake() since the last time; or this is the first turn, and others may
  // have posted before they could wake this one.
  virtual void on_wake() {}
  // All completions of this turn were handled: time for what is due.
  virtual void on_timer() {}
  // When on_timer() must be called at the latest.
  virtual std::uint64_t next_due_ns() { return ~std::uint64_t{0}; }
  // What was written in this turn is being sent.
  virtual void on_turn_end() = 0;
  // No connection here can be evicted for a newcomer of that client. True if another worker evicts
  // one.
  virtual bool evict_elsewhere(std::uint16_t /*client_bucket*/) { return false; }
};

}  // namespace gyre::connection
