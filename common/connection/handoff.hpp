// Connections that move from one worker to another, TLS included, and how workers wake each other.
//
// A connection leaves once none of its operations is in flight, and no byte is lost, doubled or
// reordered: what was written is sent, and what was received goes with it.
#pragma once

#include <cstdint>
#include <vector>

#include "common/connection/closing.hpp"
#include "common/connection/core.hpp"
#include "common/connection/input.hpp"
#include "common/connection/tls_stage.hpp"
#include "common/ring/ring.hpp"

namespace gyre::connection {

class Handoff {
 public:
  // They outlive it.
  Handoff(Core& core, Closing& closing, Input& input, TlsStage& tls)
      : core_(core), closing_(closing), input_(input), tls_(tls) {}

  // See Server.
  void detach(ConnectionBase& connection);
  ConnectionBase* adopt(Detached&& detached);
  void resume(ConnectionBase& connection);
  void discard(Detached&& detached, CloseReason reason);

  // At the end of a turn: those that are quiet leave.
  // REQUIRES: no caller is still using one of them.
  void hand_over();

  // Wakes the worker with that ring at the end of the turn.
  void wake(ring::RingId ring);
  void send_wakes();
  void handle_wake(const ring::Completion& completion);

 private:
  void hand_over(ConnectionBase& connection);

  Core& core_;
  Closing& closing_;
  Input& input_;
  TlsStage& tls_;
  std::vector<ConnectionBase*> to_detach_;
  std::vector<ring::RingId> to_wake_;  // each once
};

}  // namespace gyre::connection
