// TLS in transport: records from the receive buffers to plaintext, and what the protocol itself has
// to say to the send slots.
#include <algorithm>
#include <utility>

#include "common/connection/transport.hpp"

namespace gyre::connection {

using Status = tls::Session::Status;

void Transport::begin_tls(Stream& stream, Connection& connection) {
  if (tls_context_ == nullptr || tls_context_->flight_size_max() > flight_size_max) {
    return streams_.close(stream, CloseReason::bad_greeting);
  }
  if (handshakes_.size() >= options_.handshakes_max && !make_handshake_room()) {
    return streams_.close(stream, CloseReason::over_handshake_limit, true);
  }
  connection.secure = std::make_unique<SecureState>(tls_context_);
  connection.secure->stream = &stream;
  handshakes_.add(*connection.secure, stream.client_bucket, now_ns_);
}

// A handshake takes far more memory than an open session, and can be begun for a few bytes.
bool Transport::make_handshake_room() {
  constexpr std::uint64_t round_trip_ns = 500'000'000;
  options_.streams.limit_reached(CloseReason::over_handshake_limit);
  limits::EvictionQueue::Member* member = handshakes_.victim(now_ns_, round_trip_ns);
  if (member == nullptr) return false;
  auto& secure = static_cast<SecureState&>(*member);
  end_handshake(secure);
  streams_.close(*secure.stream, CloseReason::over_handshake_limit, true);
  return true;
}

std::size_t Transport::take_records(Stream& stream, Connection& connection, Bytes bytes) {
  SecureState& secure = *connection.secure;
  const std::size_t piece_size_max = options_.streams.receive_buffer_size;
  std::size_t used = 0;
  while (used < bytes.size() && !connection.is_held()) {
    const auto piece = bytes.subspan(used, std::min(bytes.size() - used, piece_size_max));
    tls::Output records{.buffer = room_for_records(stream, connection, piece.size())};
    if (records.buffer.empty()) {
      block(stream);
      break;
    }
    tls::Output plaintext{.buffer = {opened_.get(), piece_size_max + tls::record_payload_max}};
    const Status before = secure.session.status();
    // What the library does with a few bytes may take a hundred times as long as with others (key
    // updates, records of one byte, handshakes), so it is measured. Beginning a handshake costs a
    // client next to nothing: it is charged several times over.
    constexpr std::uint64_t handshake_charge = 4;
    const std::uint64_t began_ns = options_.streams.clock();
    secure.session.receive(piece, plaintext, records);
    const std::uint64_t took_ns = options_.streams.clock() - began_ns;
    used += piece.size();
    const bool is_sent = send_records(stream, connection, records);
    handle_tls_status(stream, connection, before);  // one that has failed answers nothing more
    if (is_sent && plaintext.size > 0) {
      feed(stream, connection, secure.plaintext, plaintext.buffer.first(plaintext.size),
           &Transport::take_plaintext);
    }
    charge(stream, std::max(before == Status::handshaking ? handshake_charge * took_ns : took_ns,
                            std::uint64_t{piece.size() / 2}));
    account_unfinished(stream, secure);
  }
  return used;
}

// The library keeps a record until it is whole.
void Transport::account_unfinished(Stream& stream, SecureState& secure) {
  if (!stream.open) return;
  const std::size_t size = secure.session.unfinished_size();
  budget_.free_size += std::exchange(secure.unfinished_size, 0);
  make_input_room(size, stream);
  if (budget_.free_size < size) return streams_.close(stream, CloseReason::no_input_memory);
  budget_.free_size -= size;
  secure.unfinished_size = size;
}

// Where a session may write while it reads so much; empty: nowhere now. Behind what is on its way
// an open session needs hardly any, and what it writes can wait.
std::span<std::byte> Transport::room_for_records(Stream& stream, Connection& connection,
                                                 std::size_t input_size) {
  const std::size_t size = input_size + connection.secure->flight_size_max;
  if (send_unsent(stream, connection)) {
    const auto output = streams_.output(stream);
    if (output.size() >= size) return output;
  }
  const bool may_wait =
      connection.secure->session.status() != Status::handshaking && streams_.has_output(stream);
  return may_wait ? std::span(unsendable_.get(), size) : std::span<std::byte>();
}

// Those that were written to the room for records. False: the connection is closed.
bool Transport::send_records(Stream& stream, Connection& connection, const tls::Output& records) {
  // Some answers to new keys, which the client has asked for without reading the ones before.
  constexpr std::size_t unsent_size_max = 1024;
  if (records.buffer.data() != unsendable_.get()) {
    streams_.add_output(stream, records.size);
    return true;
  }
  auto& unsent = connection.secure->unsent;
  const auto written = records.buffer.first(records.size);
  unsent.insert(unsent.end(), written.begin(), written.end());
  if (unsent.size() <= unsent_size_max) return true;
  streams_.close(stream, CloseReason::reading_too_slow);
  return false;
}

// False: they have to wait for room, and everything else with them.
bool Transport::send_unsent(Stream& stream, Connection& connection) {
  if (!connection.secure || connection.secure->unsent.empty()) return true;
  auto& unsent = connection.secure->unsent;
  const auto output = streams_.output(stream);
  if (output.size() < unsent.size()) return false;
  std::ranges::copy(unsent, output.begin());
  streams_.add_output(stream, unsent.size());
  unsent = std::vector<std::byte>();  // {} would keep the memory
  return true;
}

void Transport::handle_tls_status(Stream& stream, Connection& connection, Status before) {
  const tls::Session& session = connection.secure->session;
  if (session.status() != Status::handshaking) end_handshake(*connection.secure);
  if (!stream.open) return;
  switch (session.status()) {
    case Status::handshaking:
      return;
    case Status::open:
    case Status::closed:  // what was asked before is answered, see settle()
      if (before != Status::handshaking) return;
      return user_.handshake_ended(stream,
                                   session.resumed() ? Handshake::resumed : Handshake::full);
    case Status::failed:
      user_.handshake_ended(stream, Handshake::failed);
      return streams_.finish(stream, CloseReason::bad_greeting);
    case Status::plain_http:
      streams_.add_output(stream, user_.refuse_plain_http(streams_.output(stream)));
      return streams_.finish(stream, CloseReason::bad_greeting);
  }
}

}  // namespace gyre::connection
