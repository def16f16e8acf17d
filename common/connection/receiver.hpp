// Receives on the connections of one worker, into buffers that all share: one multishot receive per
// connection, armed again in the turn in which it ends.
//
// A receive takes as many buffers as it can fill when it is armed. Those that found none are armed
// first, so that a few busy connections do not take all buffers from the others.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/connection/connection.hpp"
#include "common/connection/counters.hpp"
#include "common/ring/buffer_ring.hpp"
#include "common/ring/ring.hpp"

namespace gyre::connection {

class Receiver {
 public:
  // What is passed by reference outlives it.
  Receiver(ring::Ring& ring, Metrics& metrics) : ring_(ring), metrics_(metrics) {}
  std::expected<void, std::string> set_up(std::uint32_t buffer_count, std::size_t buffer_size);

  // The buffer of a completion, if it has one.
  std::optional<ring::BufferLease> lease_of(const ring::Completion& completion);
  // A receive has ended, but not the stream. False if the connection is lost.
  bool handle_end(ConnectionBase& connection, std::int32_t result);

  // At the end of the turn, if it wants to receive then.
  void arm(ConnectionBase& connection);
  void arm_all();
  void pause(ConnectionBase& connection);
  // If the receive that was cancelled has not ended yet, it will be armed when it does.
  void resume(ConnectionBase& connection) {
    connection.is_paused = false;
    arm(connection);
  }
  void cancel(const ConnectionBase& connection);

  // Lets the kernel have the buffers that were given back.
  void publish_buffers() { buffers_->publish(); }

 private:
  ring::Ring& ring_;
  Metrics& metrics_;
  std::unique_ptr<ring::BufferRing> buffers_;
  std::vector<ConnectionBase*> starved_;  // found no buffer
  std::vector<ConnectionBase*> to_arm_;   // others whose receive has ended
};

}  // namespace gyre::connection
