// Whose turn it is, and what was done for whom: a part of Transport.
#include "common/connection/transport.hpp"

namespace gyre::connection {

// It is worked for at once, unless others wait, or have had all of this turn; or it has had its
// share lately.
void Transport::begin_turn(Connection& connection) {
  if (connection.is_waiting || !connection.stream->open) return;
  const bool must_wait =
      connection.is_in_line() || turns_.any_waiting() || work_in_turn_ns_ >= work_max_ns_;
  if (!connection.is_in_line()) turns_.begin(connection);
  if (must_wait) turns_.wait(connection);
}

bool Transport::charge_and_wait(Stream& stream, std::uint64_t cost_ns) {
  Connection& connection = connection_of(stream);
  turns_.charge(connection, cost_ns);
  const bool is_over = connection.credit_ns <= 0 || work_in_turn_ns_ >= work_max_ns_;
  if (is_over && stream.open && !connection.is_detaching) turns_.wait(connection);
  return !is_over && stream.open;
}

void Transport::serve_waiting() {
  constexpr std::uint64_t cost_min_ns = 1000;  // of serving somebody who wants nothing
  work_max_ns_ = work_in_turn_ns_ + options_.turns.waiting_ns;
  while (work_in_turn_ns_ < work_max_ns_) {
    limits::FairTurns::Turn* turn = turns_.next();
    if (turn == nullptr) return;
    auto& connection = static_cast<Connection&>(*turn);
    Stream& stream = *connection.stream;
    turns_.serve(connection);
    work_in_turn_ns_ += cost_min_ns;
    turns_.charge(connection, cost_min_ns);
    work_off(stream, connection);
    if (!connection.is_waiting) turns_.finish(connection);
  }
}

void Transport::expire(std::uint64_t now_ns) {
  user_.expire(now_ns);
  serve_waiting();
}

std::uint64_t Transport::next_due_ns() {
  return turns_.any_waiting() ? now_ns_ : user_.next_due_ns();
}

bool Transport::admit(Stream& stream, const ClientAddress& client) {
  if (!streams_.admit(stream, client)) return false;
  Connection& connection = connection_of(stream);
  if (connection.bucket == stream.client_bucket) return true;
  const bool waited = connection.is_waiting;
  turns_.remove(connection);
  connection.bucket = stream.client_bucket;
  if (waited) turns_.wait(connection);
  if (connection.secure) handshakes_.move(*connection.secure, stream.client_bucket);
  return true;
}

}  // namespace gyre::connection
