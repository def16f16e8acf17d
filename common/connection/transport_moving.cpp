// Connections that move from one worker to another, TLS and all.
#include <utility>

#include "common/base/check.hpp"
#include "common/connection/transport.hpp"

namespace gyre::connection {
namespace {

std::vector<std::byte> taken_out(StoredInput& stored, InputBudget& budget) {
  const Bytes bytes = stored.bytes();
  std::vector<std::byte> copy(bytes.begin(), bytes.end());
  stored.clear(budget);
  return copy;
}

}  // namespace

void Transport::detach(Stream& stream) {
  Connection& connection = connection_of(stream);
  DCHECK(!connection.awaits_proxy_header);
  connection.is_blocked = connection.is_detaching = true;
  streams_.detach(stream);
}

void Transport::detached(Stream& stream, MovedStream&& stream_moved) {
  Connection& connection = connection_of(stream);
  turns_.remove(connection);
  Moved moved{.stream = std::move(stream_moved),
              .secure = std::move(connection.secure),
              .input = taken_out(connection.input, budget_),
              .plaintext = {}};
  if (moved.secure) {
    moved.plaintext = taken_out(moved.secure->plaintext, budget_);
    budget_.free_size += std::exchange(moved.secure->unfinished_size, 0);
  }
  connection = {};
  user_.detached(stream, std::move(moved));
}

Stream* Transport::adopt(Moved&& moved) {
  StoredInput input;
  StoredInput plaintext;
  if (!store(input, moved.input, nullptr) || !store(plaintext, moved.plaintext, nullptr)) {
    input.clear(budget_);
    plaintext.clear(budget_);
    discard(std::move(moved), CloseReason::no_input_memory);
    return nullptr;
  }
  Stream& stream = streams_.adopt(std::move(moved.stream));
  connections_.grow_beyond(stream.index);
  Connection& connection = connection_of(stream);
  connection.stream = &stream;
  connection.bucket = stream.client_bucket;
  begin_turn(connection);
  connection.is_blocked = true;
  connection.input = std::move(input);
  connection.secure = std::move(moved.secure);
  if (connection.secure) {
    connection.secure->stream = &stream;
    connection.secure->plaintext = std::move(plaintext);
  }
  return &stream;
}

void Transport::resume(Stream& stream) {
  Connection& connection = connection_of(stream);
  DCHECK(!connection.is_detaching);
  if (!send_unsent(stream, connection)) wait_until_writable(stream);
  connection.is_blocked = false;
  work_off(stream, connection);
}

}  // namespace gyre::connection
