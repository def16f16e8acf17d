#include "common/connection/receiver.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "common/connection/tokens.hpp"

namespace gyre::connection {

std::expected<void, std::string> Receiver::set_up(std::uint32_t buffer_count,
                                                  std::size_t buffer_size) {
  auto buffers = ring::BufferRing::create(ring_, buffer_count, buffer_size);
  if (!buffers) return std::unexpected(buffers.error());
  buffers_ = std::make_unique<ring::BufferRing>(std::move(*buffers));
  return {};
}

std::optional<ring::BufferLease> Receiver::lease_of(const ring::Completion& completion) {
  const auto buffer_id = completion.buffer_id();
  if (!buffer_id) return std::nullopt;
  return buffers_->lease(*buffer_id, static_cast<std::size_t>(std::max(completion.result, 0)));
}

bool Receiver::handle_end(ConnectionBase& connection, std::int32_t result) {
  if (result == -ENOBUFS) {
    metrics_.count(Counter::receive_paused);
    if (connection.wants_to_receive() && !std::exchange(connection.is_to_arm, true)) {
      starved_.push_back(&connection);
    }
    return true;
  }
  const bool goes_on = result > 0 || result == -ECANCELED || result == -EAGAIN || result == -EINTR;
  if (goes_on) arm(connection);
  return goes_on;
}

void Receiver::arm(ConnectionBase& connection) {
  if (!connection.wants_to_receive() || std::exchange(connection.is_to_arm, true)) return;
  to_arm_.push_back(&connection);
}

void Receiver::arm_all() {
  for (std::vector<ConnectionBase*>* connections : {&starved_, &to_arm_}) {
    for (ConnectionBase* connection : *connections) {
      connection->is_to_arm = false;
      if (!connection->wants_to_receive()) continue;
      ring_.receive_stream(connection->fd.get(), token_of(Operation::receive, *connection));
      connection->is_receiving = true;
    }
    connections->clear();
  }
}

void Receiver::pause(ConnectionBase& connection) {
  if (!std::exchange(connection.is_paused, true)) cancel(connection);
}

void Receiver::cancel(const ConnectionBase& connection) {
  if (connection.is_receiving) ring_.cancel(token_of(Operation::receive, connection));
}

}  // namespace gyre::connection
