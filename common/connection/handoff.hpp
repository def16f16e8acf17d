// Connections that move from one worker to another, TLS and all, and how workers wake each other.
//
// A connection leaves when no operation of it is under way, and no byte of it is lost, doubled or
// out of order: what was written is sent, and what has been received goes with it.
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

  // At the end of a turn, when nobody is in the middle of one of them: who is quiet leaves.
  void hand_over();

  // At the end of the turn, the worker with that ring is woken.
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
