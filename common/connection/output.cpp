#include "common/connection/output.hpp"

#include <utility>

#include "common/base/check.hpp"
#include "common/connection/tokens.hpp"

namespace gyre::connection {

Output::Output(std::uint32_t slot_count, std::size_t slot_size, ring::Ring& ring,
               Deadlines& deadlines, Metrics& metrics)
    : slots_(slot_count, slot_size), ring_(ring), deadlines_(deadlines), metrics_(metrics) {}

std::span<std::byte> Output::room(ConnectionBase& connection) {
  if (!connection.is_open() || connection.is_sending || connection.is_detaching) return {};
  if (!connection.has_slot) {
    const auto slot = slots_.acquire();
    if (!slot) return {};
    connection.slot = *slot;
    connection.has_slot = true;
  }
  return slots_[connection.slot].subspan(connection.output_size);
}

void Output::add(ConnectionBase& connection, std::size_t size) {
  if (!connection.is_open()) return;
  DCHECK(connection.has_slot && !connection.is_sending);
  DCHECK(connection.output_size + size <= slots_.slot_size());
  connection.output_size += static_cast<std::uint32_t>(size);
  if (connection.output_size == 0) return release(connection);
  Deadlines::clear(connection);  // nothing but the client is waited for now; see send_written()
  if (!std::exchange(connection.is_to_send, true)) to_send_.push_back(&connection);
}

void Output::release(ConnectionBase& connection) {
  DCHECK(!connection.is_sending);
  connection.output_size = 0;
  if (std::exchange(connection.has_slot, false)) slots_.release(connection.slot);
}

void Output::wait_until_writable(ConnectionBase& connection) {
  if (!connection.is_open() || connection.has_output() || connection.is_detaching) return;
  if (Deadlines::is_waiting_for(connection, Deadline::send_slot)) return;
  metrics_.count(Counter::send_slots_used_up);
  deadlines_.set(connection, Deadline::send_slot);
}

ConnectionBase* Output::next_to_write() {
  if (slots_.free_count() == 0) return nullptr;
  ConnectionBase* connection = deadlines_.oldest(Deadline::send_slot);
  if (connection != nullptr) Deadlines::clear(*connection);
  return connection;
}

void Output::send_written() {
  for (ConnectionBase* connection : to_send_) {
    connection->is_to_send = false;
    const bool is_last = connection->state == ConnectionBase::State::finishing;
    const bool may_send = connection->is_open() || is_last;
    if (!may_send || !connection->has_output() || connection->is_sending) continue;
    ring_.send_stream(connection->fd.get(), slots_[connection->slot].first(connection->output_size),
                      token_of(Operation::send, *connection), is_last);
    connection->is_sending = true;
    deadlines_.set(*connection, Deadline::write);
  }
  to_send_.clear();
}

bool Output::handle_sent(ConnectionBase& connection, std::int32_t result) {
  DCHECK(connection.is_sending && connection.has_slot);
  const std::uint32_t size = connection.output_size;
  connection.is_sending = false;
  release(connection);
  if (result <= 0) return false;
  metrics_.count(Counter::tx_bytes, static_cast<std::uint64_t>(result));
  return static_cast<std::uint32_t>(result) >= size;
}

}  // namespace gyre::connection
