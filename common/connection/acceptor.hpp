// Accepts the connections of one worker: one multishot accept per listener, armed again in the turn
// in which it ends.
//
// Accepting neither starves nor spins: at a limit, or out of descriptors, a connection is evicted,
// and accepting resumes as soon as it is closed. A refused client gets no Connection, because there
// may be many of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/connection/closing.hpp"
#include "common/connection/core.hpp"

namespace gyre::connection {

class Acceptor {
 public:
  // They outlive it.
  Acceptor(Core& core, Closing& closing)
      : core_(core), closing_(closing), is_accepting_(core.options.listeners.size()) {}

  // The new connection of a completion, if it is admitted; it counts from then on.
  std::optional<Detached> handle(const ring::Completion& completion);

  void arm_all();
  // Cancels all accepts.
  void stop();
  bool has_stopped() const;

  // When accepting resumes at the latest, if it waits for a descriptor; else 0.
  std::uint64_t waits_until_ns() const { return accept_after_ns_; }
  // Why accepting cannot continue; empty if it can.
  const std::string& failure() const { return failure_; }

 private:
  std::optional<Detached> admit(int fd, std::uint32_t listener_index);
  void handle_error(int error_number, std::uint32_t listener_index);
  bool take_place(std::uint16_t client_bucket);

  Core& core_;
  Closing& closing_;
  std::vector<bool> is_accepting_;  // of each listener
  std::uint64_t accept_after_ns_ = 0;
  bool has_stopped_ = false;
  std::string failure_;
};

}  // namespace gyre::connection
