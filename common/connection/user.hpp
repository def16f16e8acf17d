// What a protocol does with its connections: the one interface between the connections of a worker
// and what understands the plaintext.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/connection/connection.hpp"
#include "common/connection/deadlines.hpp"

namespace gyre::connection {

// Each function may call anything of Server but run() and turn(). None but on_close() is called for
// a connection that is not open.
class User {
 public:
  User() = default;
  User(const User&) = delete;
  User& operator=(const User&) = delete;
  virtual ~User() = default;

  // Takes as much as it can make sense of now, and returns how much that was. The rest is stored,
  // and offered again with what comes after it. The bytes hold until it returns.
  virtual std::size_t take(ConnectionBase& connection, Bytes bytes) = 0;
  // There is room again: what was sent has gone, or a slot that was waited for is there. take()
  // follows, if something was stored and the connection is not blocked again.
  virtual void on_writable(ConnectionBase& connection) = 0;
  // What it waits for now, if neither for a handshake nor for what is sent; `has_input`: what was
  // offered was not taken whole. Nothing: it may be silent as long as it likes. Of bytes that
  // trickle in, only the first begins a deadline.
  virtual std::optional<Deadline> deadline_of(const ConnectionBase& connection, bool has_input) = 0;
  // Writes the response to a client that speaks plain HTTP on a port for TLS; returns its size. The
  // connection is closed after it.
  virtual std::size_t refuse_plain_http(std::span<std::byte> out) = 0;
  // The last word about it, at the end of the turn in which the client has closed, or it was told
  // to finish or close, or failed. The session is left as it was made: it is the next connection's.
  virtual void on_close(ConnectionBase& connection) = 0;
  // The last word about one that was told to detach. Hand `detached` to adopt() of another worker,
  // or to discard() of any. The session is left as it was made.
  virtual void on_detached(ConnectionBase& /*connection*/, Detached&& /*detached*/) {}

  virtual void on_turn_begin(std::uint64_t now_ns) = 0;
  // Another worker has called wake(), at least once since the last time; or this is the first turn,
  // and what others posted before they knew how to wake this one is to be looked at.
  virtual void on_wake() {}
  // Everything that had arrived was handled: what is due now may be acted upon.
  virtual void on_timer() {}
  // When on_timer() shall be called at the latest.
  virtual std::uint64_t next_due_ns() { return ~std::uint64_t{0}; }
  // What was written in this turn is on its way to the kernel.
  virtual void on_turn_end() = 0;
  // Nobody here can be evicted for a newcomer of that client. True: another worker evicts one.
  virtual bool evict_elsewhere(std::uint16_t /*client_bucket*/) { return false; }
};

}  // namespace gyre::connection
