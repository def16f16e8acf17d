#include "common/connection/closing.hpp"

#include "common/base/check.hpp"
#include "common/connection/tokens.hpp"

namespace gyre::connection {

using State = ConnectionBase::State;

void Closing::mark(ConnectionBase& connection, CloseReason reason) {
  DCHECK(connection.is_open() && connection.has_session);
  connection.reason = reason;
  connection.is_detaching = false;
  core_.eviction.leave(connection);
  core_.turns.remove(connection);
  if (connection.tls) core_.handshakes.remove(*connection.tls);
  closed_.push_back(&connection);
}

void Closing::finish(ConnectionBase& connection, CloseReason reason) {
  if (!connection.is_open()) return;
  mark(connection, reason);
  connection.state = State::finishing;
  core_.receiver.resume(connection);
  if (connection.has_output()) return;
  core_.output.release(connection);
  linger(connection);
}

void Closing::linger(ConnectionBase& connection) {
  if (connection.has_ended) return close(connection, connection.reason);
  core_.ring.finish_sending(connection.fd.get());
  connection.state = State::lingering;
  core_.deadlines.set(connection, Deadline::lingering);
}

void Closing::close(ConnectionBase& connection, CloseReason reason, bool resets) {
  DCHECK(connection.state != State::free);
  if (connection.state == State::closing) return;
  if (connection.is_open()) mark(connection, reason);
  if (connection.state != State::lingering) connection.reason = reason;
  connection.state = State::closing;
  connection.resets = resets;
  ++closing_count_;
  core_.eviction.free_place();
  Deadlines::clear(connection);
  core_.receiver.cancel(connection);
  if (connection.is_sending) core_.ring.cancel(token_of(Operation::send, connection));
  // Its place is free at once: its client may be among those accepted in this turn.
  if (connection.is_quiet()) core_.eviction.leave_address(connection.counted_as);
  close_if_quiet(connection);
}

bool Closing::close_oldest(Deadline deadline, CloseReason reason, std::uint64_t age_min_ns,
                           const ConnectionBase* excluded) {
  ConnectionBase* connection = core_.deadlines.oldest(deadline, age_min_ns, excluded);
  if (connection == nullptr) return false;
  close(*connection, reason, deadline == Deadline::write);
  return true;
}

bool Closing::evict() {
  if (ConnectionBase* connection = core_.eviction.victim()) {
    close(*connection, CloseReason::evicted);
    return true;
  }
  ConnectionBase* stalled = core_.eviction.stalled_to_evict();
  if (stalled != nullptr) close(*stalled, CloseReason::evicted, true);
  return stalled != nullptr;
}

bool Closing::evict_of_largest(std::uint16_t newcomer_bucket) {
  ConnectionBase* connection =
      core_.eviction.to_evict_of_largest(newcomer_bucket, core_.table.used_count());
  if (connection != nullptr) close(*connection, CloseReason::evicted);
  return connection != nullptr;
}

void Closing::refuse(int fd, CloseReason reason) {
  core_.ring.close_stream(fd, true);
  core_.metrics.count_closed(reason);
}

void Closing::release_closed() {
  for (std::size_t i = 0; i < closed_.size(); ++i) {
    ConnectionBase& connection = *closed_[i];
    DCHECK(!connection.is_open() && connection.has_session);
    core_.user.on_close(connection);
    connection.has_session = false;
    connection.input.clear(core_.budget);
    if (connection.tls) {
      connection.tls->plaintext.clear(core_.budget);
      core_.budget.free_size += connection.tls->unfinished_size;
      connection.tls.reset();
    }
    if (connection.state != State::closing) continue;
    if (!connection.is_sending) core_.output.release(connection);
    close_if_quiet(connection);
  }
  closed_.clear();
}

void Closing::close_if_quiet(ConnectionBase& connection) {
  if (!connection.is_quiet() || connection.has_session) return;
  core_.ring.close_stream(connection.fd.release(), connection.resets);
  core_.output.release(connection);
  core_.eviction.leave_address(connection.counted_as);
  core_.metrics.count_closed(connection.reason);
  --closing_count_;
  has_freed_ = true;
  core_.table.release(connection);
}

void Closing::handle_quiet(ConnectionBase& connection) {
  DCHECK(!connection.is_open());
  if (connection.state == State::closing) close_if_quiet(connection);
}

void Closing::handle_end(ConnectionBase& connection) {
  DCHECK(!connection.is_open());
  if (connection.state == State::lingering) close(connection, connection.reason);
}

void Closing::handle_sent(ConnectionBase& connection, bool is_whole) {
  if (connection.state == State::closing) return close_if_quiet(connection);
  if (connection.state != State::finishing) return;
  if (!is_whole) return close(connection, CloseReason::lost, true);
  linger(connection);
}

}  // namespace gyre::connection
