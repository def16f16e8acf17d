#include "common/connection/input.hpp"

#include <algorithm>
#include <utility>

#include "common/base/check.hpp"
#include "common/net/proxy_protocol.hpp"

namespace gyre::connection {
namespace {

// For what one connection has to store.
constexpr int others_closed_max = 8;
constexpr std::uint64_t second_ns = 1'000'000'000;

}  // namespace

using TlsStatus = tls::Session::Status;

void Input::on_turn_begin() {
  work_in_turn_ns_ = 0;
  work_max_ns_ = core_.options.arrival_work_max_ns;
}

void Input::begin(ConnectionBase& connection) {
  connection.awaits_preamble = core_.options.proxy_protocol;
  if (core_.options.listeners[connection.listener_index].secure) tls_.begin(connection);
  settle(connection);
}

void Input::handle_received(ConnectionBase& connection, Bytes bytes) {
  begin_turn(connection);
  feed(connection, connection.input, bytes, &Input::take_received);
  settle(connection);
}

void Input::handle_writable(ConnectionBase& connection) {
  tls_.send_unsent(connection);
  connection.is_blocked = false;
  core_.user.on_writable(connection);
  begin_turn(connection);
  process_stored(connection);
}

void Input::block(ConnectionBase& connection) {
  connection.is_blocked = true;
  core_.output.wait_until_writable(connection);
}

// What cannot be used yet is stored, behind what was stored before.
void Input::feed(ConnectionBase& connection, StoredInput& stored, Bytes bytes, Stage stage) {
  if (!stored.empty()) {
    store_or_close(connection, stored, bytes);
    return process_stored(connection, stored, stage);
  }
  const std::size_t used = connection.is_held() ? 0 : (this->*stage)(connection, bytes);
  store_or_close(connection, stored, bytes.subspan(used));
}

void Input::process_stored(ConnectionBase& connection) {
  if (connection.tls) {
    process_stored(connection, connection.tls->plaintext, &Input::take_plaintext);
  }
  process_stored(connection, connection.input, &Input::take_received);
  settle(connection);
}

void Input::process_stored(ConnectionBase& connection, StoredInput& stored, Stage stage) {
  if (connection.is_held() || stored.empty()) return;
  const std::size_t used = (this->*stage)(connection, stored.bytes());
  if (connection.is_open()) stored.consume(used, core_.budget);  // else release_closed() clears it
}

void Input::store_or_close(ConnectionBase& connection, StoredInput& stored, Bytes bytes) {
  if (!connection.is_open() || store(stored, bytes, &connection)) return;
  closing_.close(connection, CloseReason::no_input_memory);
}

bool Input::store(StoredInput& stored, Bytes bytes, const ConnectionBase* excluded) {
  for (int closed_count = 0; !stored.append(bytes, core_.budget); ++closed_count) {
    const bool may_ask =
        stored.size() <= core_.options.stored_size_max && closed_count < others_closed_max;
    if (!may_ask || !evict_for_memory(excluded)) return false;
  }
  return true;
}

void Input::make_room(std::size_t size, const ConnectionBase& excluded) {
  for (int closed_count = 0; core_.budget.free_size < size; ++closed_count) {
    if (closed_count == others_closed_max || !evict_for_memory(&excluded)) return;
  }
}

bool Input::evict_for_memory(const ConnectionBase* excluded) {
  // First the memory of those that were closed in this turn anyway.
  const std::size_t free_size = core_.budget.free_size;
  closing_.release_closed();
  if (core_.budget.free_size > free_size) return true;
  const bool is_closed = close_one_that_stores(excluded);
  closing_.release_closed();
  return is_closed;
}

// First who asks for more than its share, then whose input is not whole; what is whole soon does
// not stay there for a second.
bool Input::close_one_that_stores(const ConnectionBase* excluded) {
  constexpr auto reason = CloseReason::no_input_memory;
  if (limits::FairTurns::Turn* greediest = core_.turns.greediest()) {
    auto& connection = static_cast<ConnectionBase&>(*greediest);
    if (&connection == excluded) return false;
    closing_.close(connection, reason);
    return true;
  }
  const auto close_oldest = [&](Deadline deadline, std::uint64_t age_min_ns) {
    return closing_.close_oldest(deadline, reason, age_min_ns, excluded);
  };
  return close_oldest(Deadline::message, second_ns) || close_oldest(Deadline::request, second_ns) ||
         close_oldest(Deadline::message, 0) || close_oldest(Deadline::request, 0) ||
         close_oldest(Deadline::write, second_ns);
}

// What the connection waits for now, after whatever has happened to it.
void Input::settle(ConnectionBase& connection) {
  if (!connection.is_open() || connection.is_detaching) return;
  if (connection.is_waiting && connection.stored_size() == 0) core_.turns.finish(connection);
  if (connection.is_held()) {
    const bool has_enough =
        connection.is_waiting || connection.stored_size() >= core_.options.stored_size_max;
    if (has_enough) core_.receiver.pause(connection);
    return;
  }
  core_.receiver.resume(connection);
  const TlsState* tls = connection.tls.get();
  const bool has_closed = tls != nullptr && tls->session.status() == TlsStatus::closed;
  if (connection.has_ended || has_closed) {
    tls_.write_close(connection);
    return closing_.finish(connection, CloseReason::by_client);
  }
  const bool is_sending =
      connection.has_output() || Deadlines::is_waiting_for(connection, Deadline::send_slot);
  if (is_sending) return;  // and then it is writable
  const bool shakes_hands = connection.awaits_preamble ||
                            (tls != nullptr && tls->session.status() == TlsStatus::handshaking);
  const bool has_input = !connection.input.empty() ||
                         (tls != nullptr && (!tls->plaintext.empty() || tls->unfinished_size > 0));
  const auto deadline = shakes_hands ? std::optional(Deadline::handshake)
                                     : core_.user.deadline_of(connection, has_input);
  if (!deadline) return Deadlines::clear(connection);
  if (!Deadlines::is_waiting_for(connection, *deadline)) core_.deadlines.set(connection, *deadline);
}

std::size_t Input::take_received(ConnectionBase& connection, Bytes bytes) {
  std::size_t used = 0;
  if (connection.awaits_preamble) {
    used = take_preamble(connection, bytes);
    if (connection.awaits_preamble || connection.is_held()) return used;
  }
  const Stage stage = connection.tls ? &Input::take_records : &Input::take_plaintext;
  return used + (this->*stage)(connection, bytes.subspan(used));
}

std::size_t Input::take_preamble(ConnectionBase& connection, Bytes bytes) {
  const auto header = net::parse_proxy_header(bytes);
  if (!header) {
    closing_.close(connection, CloseReason::bad_handshake);
    return 0;
  }
  if (header->size == 0) return 0;
  connection.awaits_preamble = false;
  if (header->source) {
    connection.client = header->source->address;
    if (core_.denies(*connection.client)) {
      closing_.close(connection, CloseReason::denied_network);
    } else if (take_rates(connection)) {
      admit(connection, *connection.client);
    }
  }
  return header->size;
}

// Of the client that a proxy has named. False: it has none left, and the connection is closed.
bool Input::take_rates(ConnectionBase& connection) {
  const ClientAddress& client = *connection.client;
  const std::uint64_t now_ns = core_.deadlines.now_ns();
  const bool may_connect = core_.connection_rate.take(client, now_ns);
  if (may_connect && (!connection.tls || core_.handshake_rate.take(client, now_ns))) return true;
  closing_.close(connection, may_connect ? CloseReason::over_handshake_rate
                                         : CloseReason::over_connection_rate);
  return false;
}

std::size_t Input::take_records(ConnectionBase& connection, Bytes bytes) {
  const std::size_t piece_size_max = core_.options.receive_buffer_size;
  std::size_t used = 0;
  while (used < bytes.size() && !connection.is_held()) {
    const Bytes piece = bytes.subspan(used, std::min(bytes.size() - used, piece_size_max));
    const auto records = tls_.room_for_records(connection, piece.size());
    if (records.empty()) {
      block(connection);
      break;
    }
    // What the library does with a few bytes may take a hundred times as long as with others (key
    // updates, records of one byte, handshakes), so it is measured. Beginning a handshake costs a
    // client next to nothing: it is charged several times over.
    constexpr std::uint64_t handshake_charge = 4;
    const TlsStatus before = connection.tls->session.status();
    const std::uint64_t began_ns = core_.options.clock();
    Bytes rest = piece;
    const Bytes plaintext = tls_.receive(connection, rest, records);
    const std::uint64_t took_ns = core_.options.clock() - began_ns;
    const std::size_t taken = piece.size() - rest.size();
    used += taken;
    tls_.handle_status(connection, before);  // one that has failed answers nothing more
    if (!plaintext.empty()) {
      feed(connection, connection.tls->plaintext, plaintext, &Input::take_plaintext);
    }
    charge(connection,
           std::max(before == TlsStatus::handshaking ? handshake_charge * took_ns : took_ns,
                    std::uint64_t{taken / 2}));
    account_unfinished(connection);
  }
  return used;
}

// The library keeps a record until it is whole.
void Input::account_unfinished(ConnectionBase& connection) {
  if (!connection.is_open()) return;
  TlsState& tls = *connection.tls;
  const std::size_t size = tls.session.unfinished_size();
  core_.budget.free_size += std::exchange(tls.unfinished_size, 0);
  make_room(size, connection);
  if (core_.budget.free_size < size) {
    return closing_.close(connection, CloseReason::no_input_memory);
  }
  core_.budget.free_size -= size;
  tls.unfinished_size = size;
}

std::size_t Input::take_plaintext(ConnectionBase& connection, Bytes bytes) {
  return bytes.empty() ? 0 : core_.user.take(connection, bytes);
}

// It is worked for at once, unless others wait, or have had all of this turn; or it has had its
// share lately.
void Input::begin_turn(ConnectionBase& connection) {
  if (connection.is_waiting || !connection.is_open()) return;
  const bool is_in_line = connection.is_in_line();
  const bool must_wait =
      is_in_line || core_.turns.any_waiting() || work_in_turn_ns_ >= work_max_ns_;
  if (!is_in_line) core_.turns.begin(connection);
  if (must_wait) core_.turns.wait(connection);
}

bool Input::charge_and_wait(ConnectionBase& connection, std::uint64_t cost_ns) {
  core_.turns.charge(connection, cost_ns);
  if (!connection.is_open()) return false;
  const bool is_over = connection.credit_ns <= 0 || work_in_turn_ns_ >= work_max_ns_;
  if (is_over && !connection.is_detaching) core_.turns.wait(connection);
  return !is_over;
}

void Input::serve_waiting() {
  constexpr std::uint64_t cost_min_ns = 1000;  // of serving somebody who wants nothing
  work_max_ns_ = work_in_turn_ns_ + core_.options.waiting_work_max_ns;
  while (work_in_turn_ns_ < work_max_ns_) {
    limits::FairTurns::Turn* turn = core_.turns.next();
    if (turn == nullptr) return;
    auto& connection = static_cast<ConnectionBase&>(*turn);
    DCHECK(connection.is_open());
    core_.turns.serve(connection);
    work_in_turn_ns_ += cost_min_ns;
    core_.turns.charge(connection, cost_min_ns);
    process_stored(connection);
    if (!connection.is_waiting) core_.turns.finish(connection);
  }
}

bool Input::admit(ConnectionBase& connection, const ClientAddress& client) {
  if (!connection.is_open()) return false;
  if (!core_.eviction.change_address(connection, client)) {
    closing_.close(connection, CloseReason::over_address_limit);
    return false;
  }
  const std::uint16_t bucket = core_.eviction.bucket_of(client);
  if (bucket == connection.client_bucket) return true;
  core_.eviction.move(connection, bucket);
  const bool waited = connection.is_waiting;
  core_.turns.remove(connection);
  connection.Turn::bucket = bucket;
  if (waited) core_.turns.wait(connection);
  if (connection.tls) core_.handshakes.move(*connection.tls, bucket);
  return true;
}

}  // namespace gyre::connection
