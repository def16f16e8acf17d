#include "common/connection/tls_stage.hpp"

#include <algorithm>

#include "common/base/check.hpp"

namespace gyre::connection {

using Status = tls::Session::Status;

TlsStage::TlsStage(Core& core, Closing& closing) : core_(core), closing_(closing) {
  const Options& options = core.options;
  const auto is_secure = [](const Listener& listener) { return listener.secure; };
  if (std::ranges::none_of(options.listeners, is_secure)) return;
  const std::size_t records_size_max = options.receive_buffer_size + flight_size_max;
  CHECK(records_size_max <= options.send_slot_size);
  to_seal_ = std::make_unique_for_overwrite<std::byte[]>(options.write_size_max);
  opened_ = std::make_unique_for_overwrite<std::byte[]>(options.receive_buffer_size +
                                                        tls::record_payload_max);
  unsendable_ = std::make_unique_for_overwrite<std::byte[]>(records_size_max);
}

void TlsStage::on_turn_begin() {
  const TlsContexts* contexts = core_.options.tls_contexts;
  if (contexts == nullptr || contexts->version() == context_version_) return;
  context_version_ = contexts->version();
  context_ = contexts->get();
}

void TlsStage::begin(ConnectionBase& connection) {
  if (context_ == nullptr || context_->flight_size_max() > flight_size_max) {
    return closing_.close(connection, CloseReason::bad_handshake);
  }
  if (!core_.take(core_.handshake_rate, connection.client)) {
    return closing_.close(connection, CloseReason::over_handshake_rate, true);
  }
  if (core_.handshakes.size() >= core_.options.handshakes_max && !evict_handshake()) {
    return closing_.close(connection, CloseReason::over_handshake_limit, true);
  }
  connection.tls = std::make_unique<TlsState>(context_, connection);
  core_.handshakes.add(*connection.tls, connection.client_bucket, core_.deadlines.now_ns());
}

// A handshake takes far more memory than an open session, and can be begun for a few bytes.
bool TlsStage::evict_handshake() {
  constexpr std::uint64_t round_trip_ns = 500'000'000;
  core_.options.limit_reached(CloseReason::over_handshake_limit);
  auto* oldest = core_.handshakes.victim(core_.deadlines.now_ns(), round_trip_ns);
  if (oldest == nullptr) return false;
  closing_.close(*static_cast<TlsState*>(oldest)->connection, CloseReason::over_handshake_limit,
                 true);
  return true;
}

std::span<std::byte> TlsStage::room(ConnectionBase& connection, std::size_t size_min) {
  if (!send_unsent(connection)) return {};
  const auto output = core_.output.room(connection);
  if (!connection.tls) return output.size() < size_min ? std::span<std::byte>() : output;
  if (output.size() < slot_size_for(size_min)) return {};
  // As sealed_size_max() has it, the other way round.
  const std::size_t fits = (output.size() - slot_size_for(0)) / (512 + 64) * 512;
  return {to_seal_.get(), std::min(std::max(fits, size_min), core_.options.write_size_max)};
}

void TlsStage::write(ConnectionBase& connection, std::size_t size) {
  if (!connection.tls || size == 0 || !connection.is_open()) {
    return core_.output.add(connection, size);
  }
  tls::Output records{.buffer = core_.output.room(connection)};
  if (!connection.tls->session.seal({to_seal_.get(), size}, records)) {
    return closing_.close(connection, CloseReason::lost);
  }
  core_.output.add(connection, records.size);
}

void TlsStage::write_close(ConnectionBase& connection) {
  if (!connection.tls || !send_unsent(connection)) return;
  tls::Output records{.buffer = core_.output.room(connection)};
  if (records.buffer.size() >= close_notify_size_max) connection.tls->session.close(records);
  if (!records.buffer.empty()) core_.output.add(connection, records.size);
}

bool TlsStage::send_unsent(ConnectionBase& connection) {
  if (!connection.tls || connection.tls->unsent.empty()) return true;
  auto& unsent = connection.tls->unsent;
  const auto output = core_.output.room(connection);
  if (output.size() < unsent.size()) return false;
  std::ranges::copy(unsent, output.begin());
  core_.output.add(connection, unsent.size());
  unsent = std::vector<std::byte>();  // {} would keep the memory
  return true;
}

// Behind what is on its way an open session needs hardly any room, and what it writes can wait.
std::span<std::byte> TlsStage::room_for_records(ConnectionBase& connection,
                                                std::size_t input_size) {
  const std::size_t size = input_size + connection.tls->flight_size_max;
  if (send_unsent(connection)) {
    const auto output = core_.output.room(connection);
    if (output.size() >= size) return output;
  }
  const bool may_wait =
      connection.tls->session.status() != Status::handshaking && connection.has_output();
  return may_wait ? std::span(unsendable_.get(), size) : std::span<std::byte>();
}

Bytes TlsStage::receive(ConnectionBase& connection, Bytes& piece, std::span<std::byte> records) {
  tls::Output to_send{.buffer = records};
  tls::Output plaintext{
      .buffer = {opened_.get(), core_.options.receive_buffer_size + tls::record_payload_max}};
  connection.tls->session.receive(piece, plaintext, to_send);
  if (!send_records(connection, to_send)) return {};
  return plaintext.buffer.first(plaintext.size);
}

// Those that were written to room_for_records(). False: the connection is closed.
bool TlsStage::send_records(ConnectionBase& connection, const tls::Output& records) {
  // Some answers to new keys, which the client has asked for without reading the ones before.
  constexpr std::size_t unsent_size_max = 1024;
  if (records.buffer.data() != unsendable_.get()) {
    core_.output.add(connection, records.size);
    return true;
  }
  auto& unsent = connection.tls->unsent;
  const auto written = records.buffer.first(records.size);
  unsent.insert(unsent.end(), written.begin(), written.end());
  if (unsent.size() <= unsent_size_max) return true;
  closing_.close(connection, CloseReason::reading_too_slow);
  return false;
}

void TlsStage::handle_status(ConnectionBase& connection, Status before) {
  const tls::Session& session = connection.tls->session;
  if (session.status() != Status::handshaking) core_.handshakes.remove(*connection.tls);
  if (!connection.is_open()) return;
  switch (session.status()) {
    case Status::handshaking:
      return;
    case Status::open:
    case Status::closed:  // what was asked before is answered, see Input
      if (before != Status::handshaking) return;
      return core_.metrics.count(session.resumed() ? Counter::tls_handshake_resumed
                                                   : Counter::tls_handshake_full);
    case Status::failed:
      core_.metrics.count(Counter::tls_failed);
      return closing_.finish(connection, CloseReason::bad_handshake);
    case Status::plain_http:
      core_.output.add(connection, core_.user.refuse_plain_http(core_.output.room(connection)));
      return closing_.finish(connection, CloseReason::bad_handshake);
  }
}

}  // namespace gyre::connection
