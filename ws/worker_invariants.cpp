// Worker::check_invariants(): what holds between two turns, for tests.
#include "common/base/check.hpp"
#include "ws/worker.hpp"

namespace gyre::ws {

void Worker::check_invariants() {
  server_.check_invariants();
  keepalive_.check_invariants();
  handler_.check_invariants();
  std::uint32_t websocket_count = 0;
  for (std::uint32_t i = 0; i < server_.connections().size(); ++i) {
    const auto& connection = static_cast<const Connection&>(server_.connections()[i]);
    const Session& session = connection.session;
    if (!session.is_websocket()) continue;
    ++websocket_count;
    CHECK(session.connection == &connection);
    CHECK(connection.is_open());
  }
  CHECK(websocket_count == websocket_count_);
}

}  // namespace gyre::ws
