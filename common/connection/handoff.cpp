#include "common/connection/handoff.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "common/base/check.hpp"
#include "common/connection/tokens.hpp"

namespace gyre::connection {
namespace {

std::vector<std::byte> taken_out(StoredInput& stored, InputBudget& budget) {
  const Bytes bytes = stored.bytes();
  std::vector<std::byte> copy(bytes.begin(), bytes.end());
  stored.clear(budget);
  return copy;
}

}  // namespace

void Handoff::detach(ConnectionBase& connection) {
  DCHECK(core_.options.connection_count != nullptr);
  DCHECK(!connection.awaits_preamble || !connection.is_open());
  if (!connection.is_open() || std::exchange(connection.is_detaching, true)) return;
  connection.is_blocked = true;
  if (!connection.is_sending) Deadlines::clear(connection);  // sending keeps its own
  core_.receiver.cancel(connection);
  if (!connection.has_output()) core_.output.release(connection);
  to_detach_.push_back(&connection);
}

// One that has ended in the meantime, whose place may even be another's now, goes from the list,
// too.
void Handoff::hand_over() {
  std::erase_if(to_detach_, [this](ConnectionBase* connection) {
    if (!connection->is_open() || !connection->is_detaching) return true;
    if (!connection->is_quiet() || connection->has_output()) return false;
    hand_over(*connection);
    return true;
  });
}

void Handoff::hand_over(ConnectionBase& connection) {
  Deadlines::clear(connection);
  core_.eviction.leave(connection);
  core_.turns.remove(connection);
  Detached detached{.fd = std::move(connection.fd),
                    .listener_index = connection.listener_index,
                    .client = connection.client,
                    .counted_as = std::exchange(connection.counted_as, std::nullopt),
                    .has_ended = connection.has_ended,
                    .tls = std::move(connection.tls),
                    .input = taken_out(connection.input, core_.budget)};
  if (detached.tls) {
    detached.plaintext = taken_out(detached.tls->plaintext, core_.budget);
    core_.budget.free_size += std::exchange(detached.tls->unfinished_size, 0);
  }
  core_.user.on_detached(connection, std::move(detached));
  core_.table.release(connection);
}

ConnectionBase* Handoff::adopt(Detached&& detached) {
  StoredInput input;
  StoredInput plaintext;
  if (!input_.store(input, detached.input, nullptr) ||
      !input_.store(plaintext, detached.plaintext, nullptr)) {
    input.clear(core_.budget);
    plaintext.clear(core_.budget);
    discard(std::move(detached), CloseReason::no_input_memory);
    return nullptr;
  }
  ConnectionBase& connection = core_.open(std::move(detached));
  core_.eviction.prove(connection);  // only those who announce move
  core_.receiver.arm(connection);
  input_.begin_turn(connection);
  connection.is_blocked = true;
  connection.input = std::move(input);
  if (connection.tls) connection.tls->plaintext = std::move(plaintext);
  return &connection;
}

void Handoff::resume(ConnectionBase& connection) {
  DCHECK(!connection.is_detaching);
  if (!tls_.send_unsent(connection)) core_.output.wait_until_writable(connection);
  connection.is_blocked = false;
  input_.process_stored(connection);
}

void Handoff::discard(Detached&& detached, CloseReason reason) {
  core_.eviction.leave_address(detached.counted_as);
  core_.eviction.free_place();
  closing_.refuse(detached.fd.release(), reason);
}

void Handoff::wake(ring::RingId ring) {
  if (std::ranges::find(to_wake_, ring) == to_wake_.end()) to_wake_.push_back(ring);
}

void Handoff::send_wakes() {
  for (const ring::RingId ring : to_wake_) {
    core_.ring.send_message(ring, token_of(Operation::woken),
                            token_of(Operation::wake, static_cast<std::uint32_t>(ring)));
  }
  to_wake_.clear();
}

// It completes only if it failed: the other ring has no room for a moment, or is gone.
void Handoff::handle_wake(const ring::Completion& completion) {
  const bool is_passing = completion.result == -EOVERFLOW || completion.result == -ENOMEM ||
                          completion.result == -EAGAIN || completion.result == -EINTR;
  if (is_passing) wake(static_cast<ring::RingId>(index_of(completion.token)));
}

}  // namespace gyre::connection
