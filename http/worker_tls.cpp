// TLS in the worker: records from the receive buffers to requests, responses to records in the send
// slots.
#include "http/worker.hpp"

namespace gyre::http_tracker {

using io::CloseReason;
using io::Stream;
using Status = tls::Session::Status;

void Worker::begin_tls(Stream& stream, Connection& connection) {
  if (tls_context_ == nullptr || tls_context_->flight_size_max() > flight_size_max) {
    return streams_->close(stream, CloseReason::bad_greeting);
  }
  connection.secure = std::make_unique<SecureState>(tls_context_);
}

std::size_t Worker::take_records(Stream& stream, Connection& connection, Bytes bytes) {
  SecureState& secure = *connection.secure;
  std::size_t used = 0;
  while (used < bytes.size() && !connection.is_blocked) {
    const auto piece = bytes.subspan(used, std::min(bytes.size() - used, receive_buffer_size));
    tls::Output to_send{.room = streams_->output(stream)};
    if (to_send.room.size() < piece.size() + secure.flight_size_max) {
      block(stream, connection);
      break;
    }
    tls::Output plaintext{.room = {scratch_.get() + response_size_max, plaintext_size_max}};
    const Status before = secure.session.status();
    secure.session.receive(piece, plaintext, to_send);
    streams_->add_output(stream, to_send.size);
    used += piece.size();
    if (plaintext.size > 0) {
      feed(stream, connection, secure.plaintext, plaintext.room.first(plaintext.size),
           &Worker::take_requests);
    }
    if (stream.open) handle_tls_status(stream, connection, before);
    if (!stream.open) break;
  }
  return used;
}

void Worker::handle_tls_status(Stream& stream, Connection& connection, Status before) {
  const tls::Session& session = connection.secure->session;
  switch (session.status()) {
    case Status::handshaking:
      return;
    case Status::open:
    case Status::closed:  // what was asked before is answered, see settle()
      if (before != Status::handshaking) return;
      return metrics_.count(session.resumed() ? WorkerCounter::tls_handshake_resumed
                                              : WorkerCounter::tls_handshake_full);
    case Status::failed:
      metrics_.count(WorkerCounter::tls_failed);
      return streams_->finish(stream, CloseReason::bad_greeting);
    case Status::plain_http:
      const http::Answer answer =
          handler_.refuse_plain_on_tls(streams_->output(stream).first(response_size_max));
      streams_->add_output(stream, answer.size);
      return streams_->finish(stream, CloseReason::bad_greeting);
  }
}

// Has the first bytes of `room`, or of the scratch memory where TLS is, sent. False: the connection
// is gone.
bool Worker::write(Stream& stream, Connection& connection, std::size_t size,
                   std::span<std::byte> room) {
  if (!connection.secure) {
    streams_->add_output(stream, size);
    return true;
  }
  tls::Output to_send{.room = room};
  if (!connection.secure->session.seal({scratch_.get(), size}, to_send)) {
    streams_->close(stream, CloseReason::lost);
    return false;
  }
  streams_->add_output(stream, to_send.size);
  return true;
}

void Worker::finish(Stream& stream, Connection& connection, CloseReason reason) {
  if (connection.secure) {
    tls::Output to_send{.room = streams_->output(stream)};
    if (to_send.room.size() >= tls::sealed_size_max(2)) connection.secure->session.close(to_send);
    if (!to_send.room.empty()) streams_->add_output(stream, to_send.size);
  }
  streams_->finish(stream, reason);
}

}  // namespace gyre::http_tracker
