// What connections have in common below their protocol: the PROXY protocol's header, TLS records,
// bytes that are kept until they can be used, back pressure, and moving to another worker. Between
// Streams, which moves bytes, and what understands the plaintext (a connection::User). It knows
// neither HTTP nor WebSockets.
//
// Rules:
//   1. What a user cannot use yet is kept and offered again, with what has come after it, in memory
//      from a budget; a connection that waits holds none.
//   2. Who is blocked is not asked to take anything; when much has come, receiving pauses too. So a
//      client that does not read is not read from.
//   3. What is done for connections is charged to them (charge()). Who has used up its share of a
//      turn waits in line, as does everybody else while somebody waits; so who asks little is
//      served in between, whatever others send. See limits::FairTurns.
//   4. TLS handshakes under way are bounded in number; beyond, the client that has most of them
//      loses the oldest, and where nobody has many, the newcomer is refused before it is read from.
//   5. TLS goes on reading while a send is under way. What it has to say by itself meanwhile (a few
//      bytes) is sent before anything else.
//
// Threading: everything is called from the thread that runs the worker; wake() reaches another's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "common/base/shared_value.hpp"
#include "common/base/slot_table.hpp"
#include "common/base/stored_input.hpp"
#include "common/connection/streams.hpp"
#include "common/connection/transport_connection.hpp"
#include "common/limits/eviction_queue.hpp"
#include "common/limits/fair_turns.hpp"
#include "common/tls/context.hpp"
#include "common/tls/session.hpp"

namespace gyre::connection {

using Bytes = std::span<const std::byte>;
using TlsContexts = SharedValue<tls::Context>;

// Certificates and signature of a TLS handshake: chains that browsers take are far shorter.
inline constexpr std::size_t flight_size_max = 65536;
// The last record of a TLS connection, for which each room leaves space.
inline constexpr std::size_t farewell_size_max = tls::sealed_size_max(2);
// Of a send slot that a write of so many bytes fits into, under TLS too.
constexpr std::size_t slot_size_for(std::size_t write_size) {
  return tls::sealed_size_max(write_size) + farewell_size_max;
}

// Shares of a turn of the loop, in nanoseconds of work. Short turns serve those who wait sooner,
// long ones have more in each submission. What costs its sender next to nothing (a handshake, what
// a message inflates to) is charged several times over, so turns are far shorter under attack.
struct TurnLimits {
  std::int32_t quantum_ns = 1'000'000;    // of a connection, and of a client, before others come
  std::uint64_t arrival_ns = 40'000'000;  // of all together, for what has just come
  std::uint64_t waiting_ns = 24'000'000;  // and for those who wait, while there are any
};

// Sizes in bytes.
struct Options {
  // With the sizes and numbers of receive buffers and send slots. Where listeners are secure, a
  // slot has receive_buffer_size + flight_size_max at least. peers_are_proxies is set here.
  StreamsOptions streams = {};
  std::size_t write_size_max = 65536;                // at most so much is sealed at once
  std::size_t input_memory = std::size_t{64} << 20;  // for what is kept, of all connections
  // Of one connection. When so much has come while it was blocked, receiving pauses; and others do
  // not give way to one that keeps more.
  std::size_t kept_size_max = 8192;
  bool proxy_protocol = false;                // every connection begins with its header
  const TlsContexts* tls_contexts = nullptr;  // of secure listeners; replaced on reload
  std::uint32_t handshakes_max = 4096;        // under way at once, of this worker
  TurnLimits turns = {};
};

enum class Handshake : std::uint8_t { full, resumed, failed };

// What makes sense of the plaintext. Each function may call anything of Transport but run() and
// turn(); none but on_close() is called for a stream that is not open.
class User {
 public:
  User() = default;
  User(const User&) = delete;
  User& operator=(const User&) = delete;
  virtual ~User() = default;

  virtual void turn_began(std::uint64_t now_ns) = 0;
  virtual void opened(Stream& stream) = 0;
  // Takes as much as it can make sense of now, and returns how much that was. The rest is kept, and
  // offered again with what comes after it. The bytes hold until it returns.
  virtual std::size_t take(Stream& stream, Bytes bytes) = 0;
  // room() has room again: what was sent has gone, or a slot that was waited for is there. take()
  // follows, if something was kept and the connection is not blocked again.
  virtual void writable(Stream& stream) = 0;
  // What it waits for now, if neither the greeting nor that something is sent; `has_input`: what
  // was offered was not taken whole. Nothing: it may be silent as long as it likes. Of bytes that
  // trickle in, only the first begins a deadline.
  virtual std::optional<Deadline> deadline_of(const Stream& stream, bool has_input) = 0;
  // Of a TLS connection, for the counters.
  virtual void handshake_ended(Stream& stream, Handshake result) = 0;
  // Writes the response to a client that speaks plain HTTP on a port for TLS; returns its size. The
  // connection is closed after it.
  virtual std::size_t refuse_plain_http(std::span<std::byte> out) = 0;
  // The last word about it, at the end of the turn in which the client has closed, or it was told
  // to finish or close, or failed.
  virtual void on_close(Stream& stream) = 0;
  // The last word about one that was told to detach. Hand `moved` to adopt() of another worker, or
  // to discard() of any.
  virtual void detached(Stream& /*stream*/, Moved&& /*moved*/) {}
  // As in StreamUser.
  virtual void woken() {}
  virtual bool make_room_elsewhere(std::uint16_t /*client_bucket*/) { return false; }
  virtual void expire(std::uint64_t /*now_ns*/) {}
  virtual std::uint64_t next_due_ns() { return ~std::uint64_t{0}; }
  virtual void turn_ended() = 0;
};

class Transport final : private StreamUser {
 public:
  // In the thread that will run it. The error says what the system lacks.
  static std::expected<ring::Ring, std::string> create_ring(const Options& options) {
    return Streams::create_ring(options.streams);
  }
  // What options point to, the user and the metrics outlive it. set_up() follows, before anything
  // else; the user is not called before it.
  Transport(const Options& options, ring::Ring ring, User& user, StreamMetrics& metrics);
  std::expected<void, std::string> set_up() { return streams_.set_up(); }

  // As in Streams.
  std::expected<void, std::string> run() { return streams_.run(); }
  std::expected<void, std::string> turn(std::chrono::nanoseconds wait_max) {
    return streams_.turn(wait_max);
  }
  bool finished() const { return streams_.finished(); }
  bool stopping() const { return streams_.stopping(); }
  bool stop_drags_on() const { return streams_.stop_drags_on(); }
  ring::RingId ring_id() const { return streams_.ring_id(); }
  void wake(ring::RingId ring) { streams_.wake(ring); }

  // For users, until on_close() of the stream. Where it is not open any more, nothing happens: room
  // is empty, and what is written is dropped.

  bool is_secure(const Stream& stream) { return connection_of(stream).secure != nullptr; }
  // Nothing more is to be taken now: it is blocked, has had its share of a turn, or is closed.
  bool is_held(const Stream& stream) { return connection_of(stream).is_held(); }

  // Where plaintext to be sent is written: size_min bytes at least, or nothing, if there is less
  // now, because a send is under way or no slot is free. Holds until the next call of any function
  // here; write() follows, with 0 if there is nothing to write.
  // REQUIRES: size_min is at most write_size_max, and slot_size_for(size_min) a slot's size.
  std::span<std::byte> room(Stream& stream, std::size_t size_min);
  // Has the first bytes of the room sent, at the end of the turn.
  void write(Stream& stream, std::size_t size);
  // Whether what was written has not gone yet: writable() follows then.
  bool has_output(const Stream& stream) const { return streams_.has_output(stream); }
  // When room() gave none: writable() follows.
  void wait_until_writable(Stream& stream);
  // The same, and take() is not called until then.
  void block(Stream& stream);

  // So much work was done for the connection. False: it has had its share, and waits; or it is
  // closed. A user whose take() does several things one after the other stops then, and is asked
  // again when it is its turn.
  bool charge(Stream& stream, std::uint64_t cost_ns) {
    Connection& connection = connection_of(stream);
    work_in_turn_ns_ += cost_ns;
    const bool has_time = work_in_turn_ns_ < work_max_ns_;
    return (has_time && stream.open && turns_.try_charge(connection, cost_ns)) ||
           charge_and_wait(stream, cost_ns);
  }

  // As in Streams.
  bool admit(Stream& stream, const ClientAddress& client);
  void prove(Stream& stream) { streams_.prove(stream); }
  void make_room_for_other(std::uint16_t client_bucket) {
    streams_.make_room_for_other(client_bucket);
  }
  Evictable evictable() { return streams_.evictable(); }

  // Sends what was written and, under TLS, that nothing follows; closes when the client has closed.
  void finish(Stream& stream, CloseReason reason);
  // At once.
  void close(Stream& stream, CloseReason reason, bool reset = false) {
    if (stream.open) streams_.close(stream, reason, reset);
  }

  // Takes the connection out of this worker, with what was kept of it, and what take() is looking
  // at and leaves. What was written is sent, room() is empty, and take() not called any more.
  // User::detached() follows, or on_close(). Not during the greeting.
  void detach(Stream& stream);
  // Goes on with one of another worker. Nothing is taken from it until resume() is called, when the
  // user is ready for what was kept. Null: there is no memory to keep it in, and it was closed.
  Stream* adopt(Moved&& moved);
  void resume(Stream& stream);
  // Closes one that no worker adopts.
  void discard(Moved&& moved, CloseReason reason) {
    streams_.discard(std::move(moved.stream), reason);
  }

  // For what users keep themselves of messages in pieces.
  InputBudget& input_budget() { return budget_; }
  // If less than that is left of it, others that keep something make room, as they do for what is
  // kept here.
  void make_input_room(std::size_t size, const Stream& spared);
  // Closes who has been at what it was sent for longest, and for a second or more. False: nobody.
  bool close_slowest_reader();
  // A message has come whole: whatever is waited for next has its full time.
  void message_ended(Stream& stream);

 private:
  // Takes as much of the bytes as can be made sense of now, and returns how much that was.
  using Stage = std::size_t (Transport::*)(Stream&, Connection&, Bytes);

  void turn_began(std::uint64_t now_ns) override;
  void opened(Stream& stream) override;
  void received(Stream& stream, Bytes bytes) override;
  void ended(Stream& stream) override;
  void writable(Stream& stream) override;
  void on_close(Stream& stream) override;
  void detached(Stream& stream, MovedStream&& moved) override;
  void woken() override { user_.woken(); }
  bool make_room_elsewhere(std::uint16_t client_bucket) override {
    return user_.make_room_elsewhere(client_bucket);
  }
  void expire(std::uint64_t now_ns) override;
  std::uint64_t next_due_ns() override;
  void turn_ended() override { user_.turn_ended(); }

  void feed(Stream& stream, Connection& connection, StoredInput& stored, Bytes bytes, Stage stage);
  void begin_turn(Connection& connection);
  bool charge_and_wait(Stream& stream, std::uint64_t cost_ns);
  void serve_waiting();
  void work_off(Stream& stream, Connection& connection);
  void work_off(Stream& stream, Connection& connection, StoredInput& stored, Stage stage);
  bool keep(Stream& stream, StoredInput& stored, Bytes bytes);
  bool store(StoredInput& stored, Bytes bytes, const Stream* spared);
  bool close_another(const Stream* spared);
  bool close_keeper(const Stream* spared);
  void settle(Stream& stream, Connection& connection);

  // Stages: of bytes as received, of TLS records, of plaintext.
  std::size_t take_received(Stream& stream, Connection& connection, Bytes bytes);
  std::size_t take_records(Stream& stream, Connection& connection, Bytes bytes);
  std::size_t take_plaintext(Stream& stream, Connection& connection, Bytes bytes);
  std::size_t take_proxy_header(Stream& stream, Connection& connection, Bytes bytes);

  void begin_tls(Stream& stream, Connection& connection);
  bool make_handshake_room();
  void end_handshake(SecureState& secure) { handshakes_.remove(secure); }
  std::span<std::byte> room_for_records(Stream& stream, Connection& connection,
                                        std::size_t input_size);
  bool send_records(Stream& stream, Connection& connection, const tls::Output& records);
  bool send_unsent(Stream& stream, Connection& connection);
  void account_unfinished(Stream& stream, SecureState& secure);
  void handle_tls_status(Stream& stream, Connection& connection, tls::Session::Status before);

  Connection& connection_of(const Stream& stream) { return connections_[stream.index]; }

  Options options_;
  User& user_;
  SlotTable<Connection> connections_;  // by the index of their streams
  InputBudget budget_;
  limits::FairTurns turns_;
  std::uint64_t work_in_turn_ns_ = 0;
  std::uint64_t work_max_ns_ = 0;  // then who has more to be done waits
  std::uint64_t now_ns_ = 0;
  limits::EvictionQueue handshakes_;  // under way
  // Of TLS: plaintext before it is sealed, and after it was opened; records that cannot be sent.
  std::unique_ptr<std::byte[]> to_seal_;
  std::unique_ptr<std::byte[]> opened_;
  std::unique_ptr<std::byte[]> unsendable_;
  std::shared_ptr<const tls::Context> tls_context_;
  std::uint64_t tls_context_version_ = 0;
  Streams streams_;  // the last: what it calls is there as long as it is
};

}  // namespace gyre::connection
