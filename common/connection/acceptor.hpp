// Accepts the connections of one worker: a multishot for each listener, armed again in the same
// turn, whatever ended it.
//
// Accepting never starves and never spins: at a limit, and out of descriptors, one connection is
// evicted, and accepting goes on as soon as it is closed. Who is refused gets no Connection: these
// may be many.
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

  // The newcomer that a completion brings, if it is let in; it has a place.
  std::optional<Detached> handle(const ring::Completion& completion);

  void arm_all();
  // No more.
  void stop();
  bool has_stopped() const;

  // When accepting, which waits for want of descriptors, goes on at the latest; 0: it does not
  // wait.
  std::uint64_t waits_until_ns() const { return accept_after_ns_; }
  // Why it cannot go on; empty: it can.
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
