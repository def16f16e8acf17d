// One TCP connection of a worker: descriptor, state, deadline, TLS, stored input, and the session
// of its protocol. Plain data; the rules are in the pieces by which the fields are grouped.
//
//   open -> finishing -> lingering -> closing -> free, or straight to closing from each
//
// It may be used while it is open. A connection that was closed keeps everything until on_close(),
// so that code in the middle of using it can go on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "common/base/fd.hpp"
#include "common/base/stored_input.hpp"
#include "common/base/types.hpp"
#include "common/connection/counters.hpp"
#include "common/connection/deadline_list.hpp"
#include "common/connection/deadlines.hpp"
#include "common/connection/send_slots.hpp"
#include "common/limits/eviction_queue.hpp"
#include "common/limits/fair_turns.hpp"
#include "common/tls/session.hpp"

namespace gyre::connection {

using Bytes = std::span<const std::byte>;

struct ConnectionBase;

// In the queue of handshakes while its own is under way.
struct TlsState : limits::EvictionQueue::Member {
  TlsState(std::shared_ptr<const tls::Context> context, ConnectionBase& owner)
      : connection(&owner),
        flight_size_max(context->flight_size_max()),
        session(std::move(context)) {}

  ConnectionBase* connection;
  std::size_t flight_size_max;
  std::size_t unfinished_size = 0;  // of the record that is under way, taken from the budget
  tls::Session session;
  StoredInput plaintext;          // not taken yet
  std::vector<std::byte> unsent;  // records of TLS itself, to be sent before any others
};

// Everything but the session. In the list of its deadline; in a queue of Eviction while it is open;
// in line while it has more to be done than fits into its share of a turn.
struct ConnectionBase : DeadlineLink, limits::EvictionQueue::Member, limits::FairTurns::Turn {
  // finishing: the last output is being sent. lingering: until the client closes, too, so that it
  // does not lose the last response. closing: until no operation is in flight.
  enum class State : std::uint8_t { free, open, finishing, lingering, closing };

  bool is_open() const { return state == State::open; }
  bool is_secure() const { return tls != nullptr; }
  // Input is stored for now, or dropped with the connection.
  bool is_held() const { return is_blocked || is_waiting || !is_open(); }
  bool has_output() const { return output_size > 0; }
  bool wants_to_receive() const {
    const bool may = state != State::free && state != State::closing;
    return may && !is_receiving && !is_paused && !is_detaching && !has_ended;
  }
  bool is_quiet() const { return !is_receiving && !is_sending; }
  std::size_t stored_size() const {
    return input.size() + (tls ? tls->plaintext.size() : std::size_t{0});
  }

  // From free to open.
  void begin() {
    DCHECK(state == State::free && !fd && !has_slot && input.empty() && !tls && !counted_as);
    state = State::open;
    has_session = true;
    has_ended = is_proven = resets = false;
    is_receiving = is_paused = is_sending = is_detaching = false;
    awaits_preamble = is_blocked = false;
  }
  // What holds after every step.
  void check_invariants() const {
    DCHECK((state == State::free) == !fd);
    DCHECK(has_slot || output_size == 0);
    DCHECK(!is_sending || output_size > 0);
    DCHECK(is_open() ? has_session : !is_waiting);
    DCHECK(state != State::free || (is_quiet() && !has_session && !tls && !is_in_list()));
  }

  // Its slot in the table, and which connection in that slot.
  std::uint32_t index = 0;
  std::uint32_t generation = 0;

  std::uint32_t listener_index = 0;
  std::optional<ClientAddress> client;      // nothing on a unix socket, unless a preamble names it
  std::optional<ClientAddress> counted_as;  // in AddressCounts
  std::uint16_t client_bucket = 0;  // limits::client_bucket() of whose it is: see Server::admit()
  Fd fd;

  State state = State::free;
  CloseReason reason = CloseReason::by_client;
  Deadline deadline = Deadline::idle;  // if it is in a list
  bool has_session = false;            // on_close() or on_detached() is still to come
  bool is_proven = false;              // see Server::prove()
  bool resets = false;                 // closing drops what the client has not taken
  bool is_detaching = false;           // it leaves when nothing is under way

  // Receiver
  bool has_ended = false;  // the client sends no more
  bool is_receiving = false;
  bool is_paused = false;
  bool is_to_arm = false;  // in the list of those to be armed

  // Output
  bool is_sending = false;
  bool is_to_send = false;  // in the list of those to be sent
  bool has_slot = false;
  SendSlots::Index slot = 0;
  std::uint32_t output_size = 0;

  // Input and TLS
  bool awaits_preamble = false;   // the PROXY protocol's header
  bool is_blocked = false;        // what comes is stored until it is writable
  StoredInput input;              // as received: neither decrypted nor taken yet
  std::unique_ptr<TlsState> tls;  // of secure listeners
};

template <class Session>
struct Connection : ConnectionBase {
  Session session;
};

// The session of a connection in a table of such.
template <class Session>
Session& session_of(ConnectionBase& connection) {
  return static_cast<Connection<Session>&>(connection).session;
}
template <class Session>
const Session& session_of(const ConnectionBase& connection) {
  return static_cast<const Connection<Session>&>(connection).session;
}

// A connection on its way from one worker to another, without its session. Neither worker's budget
// counts its memory, which is little and in transit for a moment.
struct Detached {
  Fd fd = {};
  std::uint32_t listener_index = 0;
  std::optional<ClientAddress> client = {};
  std::optional<ClientAddress> counted_as = {};
  bool has_ended = false;
  std::unique_ptr<TlsState> tls = {};
  std::vector<std::byte> input = {};
  std::vector<std::byte> plaintext = {};
};

}  // namespace gyre::connection
