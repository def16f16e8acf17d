#include "common/connection/transport.hpp"

#include <algorithm>
#include <utility>

#include "common/base/check.hpp"
#include "common/net/proxy_protocol.hpp"

namespace gyre::connection {

namespace {

// For what one connection has to keep.
constexpr int others_closed_max = 8;
constexpr std::uint64_t second_ns = 1'000'000'000;

StreamsOptions with_proxies(const Options& options) {
  StreamsOptions streams = options.streams;
  streams.peers_are_proxies = options.proxy_protocol;
  return streams;
}

}  // namespace

Transport::Transport(const Options& options, ring::Ring ring, User& user, StreamMetrics& metrics)
    : options_(options),
      user_(user),
      budget_{options.input_memory},
      turns_(options.turns.quantum_ns),
      streams_(with_proxies(options), std::move(ring), *this, metrics) {
  const StreamsOptions& streams = options.streams;
  const auto is_secure = [](const StreamListener& listener) { return listener.secure; };
  if (std::ranges::none_of(streams.listeners, is_secure)) return;
  const std::size_t records_size_max = streams.receive_buffer_size + flight_size_max;
  CHECK(records_size_max <= streams.send_slot_size);
  to_seal_ = std::make_unique_for_overwrite<std::byte[]>(options.write_size_max);
  opened_ = std::make_unique_for_overwrite<std::byte[]>(streams.receive_buffer_size +
                                                        tls::record_payload_max);
  unsendable_ = std::make_unique_for_overwrite<std::byte[]>(records_size_max);
}

void Transport::turn_began(std::uint64_t now_ns) {
  now_ns_ = now_ns;
  work_in_turn_ns_ = 0;
  work_max_ns_ = options_.turns.arrival_ns;
  if (options_.tls_contexts != nullptr) {
    if (const auto version = options_.tls_contexts->version(); version != tls_context_version_) {
      tls_context_version_ = version;
      tls_context_ = options_.tls_contexts->get();
    }
  }
  user_.turn_began(now_ns);
}

void Transport::opened(Stream& stream) {
  connections_.grow_beyond(stream.index);
  Connection& connection = connection_of(stream);
  connection.stream = &stream;
  connection.bucket = stream.client_bucket;
  connection.awaits_proxy_header = options_.proxy_protocol;
  user_.opened(stream);
  if (options_.streams.listeners[stream.listener_index].secure) begin_tls(stream, connection);
  settle(stream, connection);
}

void Transport::received(Stream& stream, Bytes bytes) {
  Connection& connection = connection_of(stream);
  begin_turn(connection);
  feed(stream, connection, connection.input, bytes, &Transport::take_received);
  settle(stream, connection);
}

// Whatever is complete is answered all the same.
void Transport::ended(Stream& stream) {
  settle(stream, connection_of(stream));
}

void Transport::writable(Stream& stream) {
  Connection& connection = connection_of(stream);
  send_unsent(stream, connection);
  connection.is_blocked = false;
  user_.writable(stream);
  begin_turn(connection);
  work_off(stream, connection);
}

void Transport::on_close(Stream& stream) {
  user_.on_close(stream);
  Connection& connection = connection_of(stream);
  turns_.remove(connection);
  if (connection.secure) {
    end_handshake(*connection.secure);
    budget_.free_size += connection.secure->unfinished_size;
  }
  connection.input.clear(budget_);
  if (connection.secure) connection.secure->plaintext.clear(budget_);
  connection = {};
}

std::span<std::byte> Transport::room(Stream& stream, std::size_t size_min) {
  Connection& connection = connection_of(stream);
  if (!send_unsent(stream, connection)) return {};
  const auto output = streams_.output(stream);
  if (!connection.secure) return output.size() < size_min ? std::span<std::byte>() : output;
  if (output.size() < slot_size_for(size_min)) return {};
  // As sealed_size_max() has it, the other way round.
  const std::size_t fits = (output.size() - slot_size_for(0)) / (512 + 64) * 512;
  return {to_seal_.get(), std::min(std::max(fits, size_min), options_.write_size_max)};
}

void Transport::write(Stream& stream, std::size_t size) {
  Connection& connection = connection_of(stream);
  if (!stream.open || !connection.secure || size == 0) return streams_.add_output(stream, size);
  tls::Output records{.buffer = streams_.output(stream)};
  if (!connection.secure->session.seal({to_seal_.get(), size}, records)) {
    return streams_.close(stream, CloseReason::lost);
  }
  streams_.add_output(stream, records.size);
}

void Transport::wait_until_writable(Stream& stream) {
  if (streams_.has_output(stream) || connection_of(stream).is_detaching) return;
  if (!streams_.is_waiting_for(stream, Deadline::send_slot)) streams_.wait_for_slot(stream);
}

void Transport::block(Stream& stream) {
  connection_of(stream).is_blocked = true;
  wait_until_writable(stream);
}

void Transport::finish(Stream& stream, CloseReason reason) {
  Connection& connection = connection_of(stream);
  if (connection.secure && send_unsent(stream, connection)) {
    tls::Output records{.buffer = streams_.output(stream)};
    if (records.buffer.size() >= farewell_size_max) connection.secure->session.close(records);
    if (!records.buffer.empty()) streams_.add_output(stream, records.size);
  }
  streams_.finish(stream, reason);
}

// What cannot be used yet is kept, behind what was kept before.
void Transport::feed(Stream& stream, Connection& connection, StoredInput& stored, Bytes bytes,
                     Stage stage) {
  if (!stored.empty()) {
    if (keep(stream, stored, bytes)) work_off(stream, connection, stored, stage);
    return;
  }
  const std::size_t used = connection.is_held() ? 0 : (this->*stage)(stream, connection, bytes);
  keep(stream, stored, bytes.subspan(used));
}

void Transport::work_off(Stream& stream, Connection& connection) {
  if (connection.secure) {
    work_off(stream, connection, connection.secure->plaintext, &Transport::take_plaintext);
  }
  work_off(stream, connection, connection.input, &Transport::take_received);
  settle(stream, connection);
}

void Transport::work_off(Stream& stream, Connection& connection, StoredInput& stored, Stage stage) {
  if (connection.is_held() || stored.empty()) return;
  const std::size_t used = (this->*stage)(stream, connection, stored.bytes());
  stored.consume(used, budget_);
}

bool Transport::keep(Stream& stream, StoredInput& stored, Bytes bytes) {
  if (!stream.open) return false;
  if (store(stored, bytes, &stream)) return true;
  streams_.close(stream, CloseReason::no_input_memory);
  return false;
}

// When the memory is used up, those make room who keep too much in it, then those who have been at
// a request for longest, or have not read their answers.
bool Transport::store(StoredInput& stored, Bytes bytes, const Stream* spared) {
  for (int closed_count = 0; !stored.append(bytes, budget_); ++closed_count) {
    const bool may_ask =
        stored.size() <= options_.kept_size_max && closed_count < others_closed_max;
    if (!may_ask || !close_another(spared)) return false;
  }
  return true;
}

void Transport::make_input_room(std::size_t size, const Stream& spared) {
  for (int closed_count = 0; budget_.free_size < size; ++closed_count) {
    if (closed_count == others_closed_max || !close_another(&spared)) return;
  }
}

bool Transport::close_another(const Stream* spared) {
  const bool is_closed = close_keeper(spared);
  streams_.release_closed();
  return is_closed;
}

bool Transport::close_slowest_reader() {
  const bool is_closed = streams_.close_oldest(Deadline::write, CloseReason::reading_too_slow,
                                               {.age_min_ns = second_ns});
  streams_.release_closed();
  return is_closed;
}

void Transport::message_ended(Stream& stream) {
  if (streams_.is_waiting_for(stream, Deadline::message)) streams_.clear_deadline(stream);
}

// One that has input in memory, or may have: first who asks for more than its share, then whose
// input is not whole; what is whole soon does not stay there for a second.
bool Transport::close_keeper(const Stream* spared) {
  constexpr auto reason = CloseReason::no_input_memory;
  if (limits::FairTurns::Turn* greediest = turns_.greediest()) {
    Stream& stream = *static_cast<Connection&>(*greediest).stream;
    if (&stream == spared) return false;
    streams_.close(stream, reason);
    return true;
  }
  const auto close_oldest = [&](Deadline deadline, std::uint64_t age_min_ns) {
    return streams_.close_oldest(deadline, reason, {.stream = spared, .age_min_ns = age_min_ns});
  };
  return close_oldest(Deadline::message, second_ns) || close_oldest(Deadline::request, second_ns) ||
         close_oldest(Deadline::message, 0) || close_oldest(Deadline::request, 0) ||
         close_oldest(Deadline::write, second_ns);
}

// What the connection waits for now, after whatever has happened to it.
void Transport::settle(Stream& stream, Connection& connection) {
  if (!stream.open || connection.is_detaching) return;
  if (connection.is_waiting && connection.kept_size() == 0) turns_.finish(connection);
  if (connection.is_held()) {
    const bool has_enough =
        connection.is_waiting || connection.kept_size() >= options_.kept_size_max;
    if (has_enough) streams_.pause_receiving(stream);
    return;
  }
  streams_.resume_receiving(stream);
  const SecureState* secure = connection.secure.get();
  const bool is_over = stream.ended || (secure != nullptr &&
                                        secure->session.status() == tls::Session::Status::closed);
  if (is_over) return finish(stream, CloseReason::by_client);
  const bool is_sending =
      streams_.has_output(stream) || streams_.is_waiting_for(stream, Deadline::send_slot);
  if (is_sending) return;  // and then it is writable
  const bool is_greeting =
      connection.awaits_proxy_header ||
      (secure != nullptr && secure->session.status() == tls::Session::Status::handshaking);
  const bool has_input =
      !connection.input.empty() ||
      (secure != nullptr && (!secure->plaintext.empty() || secure->unfinished_size > 0));
  const auto deadline =
      is_greeting ? std::optional(Deadline::greeting) : user_.deadline_of(stream, has_input);
  if (!deadline) return streams_.clear_deadline(stream);
  if (!streams_.is_waiting_for(stream, *deadline)) streams_.set_deadline(stream, *deadline);
}

std::size_t Transport::take_received(Stream& stream, Connection& connection, Bytes bytes) {
  std::size_t used = 0;
  if (connection.awaits_proxy_header) {
    used = take_proxy_header(stream, connection, bytes);
    if (connection.awaits_proxy_header || connection.is_held()) return used;
  }
  const Stage stage = connection.secure ? &Transport::take_records : &Transport::take_plaintext;
  return used + (this->*stage)(stream, connection, bytes.subspan(used));
}

std::size_t Transport::take_proxy_header(Stream& stream, Connection& connection, Bytes bytes) {
  const net::ProxyHeader header = net::parse_proxy_header(bytes);
  if (header.status == net::ProxyHeaderStatus::need_more) return 0;
  if (header.status == net::ProxyHeaderStatus::invalid) {
    streams_.close(stream, CloseReason::bad_greeting);
    return 0;
  }
  connection.awaits_proxy_header = false;
  if (header.source) {
    stream.client = header.source->address;
    admit(stream, header.source->address);
  }
  return header.consumed;
}

std::size_t Transport::take_plaintext(Stream& stream, Connection&, Bytes bytes) {
  return bytes.empty() ? 0 : user_.take(stream, bytes);
}

}  // namespace gyre::connection
