// How connections end.
//
// Rules:
//   1. close() and finish() only mark: the connection leaves all lists and counts, and nothing more
//      is received, sent or waited for. on_close() comes when the loop of Server has control again,
//      and then its memory is freed. So code may go on using a connection that something it called
//      has closed.
//   2. A descriptor is closed once none of its operations is in flight, and only then is the slot
//      used for another connection. Tokens carry a generation besides.
//   3. finish() loses nothing: what was written is sent, then a lingering close waits for the
//   client
//      to close. Closing at once could reset the connection while the client still sends, and it
//      would lose the last response.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "common/connection/core.hpp"

namespace gyre::connection {

class Closing {
 public:
  // The core outlives it.
  explicit Closing(Core& core) : core_(core) {}

  // Sends what was written, says that nothing more comes, and closes when the client has closed.
  // Nothing happens if it is not open.
  void finish(ConnectionBase& connection, CloseReason reason);
  // Immediately, whatever its state. `resets`: what the client has not received is dropped.
  void close(ConnectionBase& connection, CloseReason reason, bool resets = false);
  // Closes the one that has waited longest for that, if it has waited that long. False if there is
  // none but the excluded one.
  bool close_oldest(Deadline deadline, CloseReason reason, std::uint64_t age_min_ns = 0,
                    const ConnectionBase* excluded = nullptr);
  // Evicts one for any newcomer; or, as a last resort, one of a client that holds a quarter of all.
  bool evict();
  bool evict_of_largest(std::uint16_t newcomer_bucket);

  // Closes a descriptor that never became a connection.
  void refuse(int fd, CloseReason reason);

  // Calls on_close() for those that were marked: after each completion and each other step of a
  // turn, or earlier if their memory is needed.
  // REQUIRES: no caller is still using one of them.
  void release_closed();

  // An operation has ended. The connection is not open.
  void handle_quiet(ConnectionBase& connection);
  // The client has closed its side. The connection is not open.
  void handle_end(ConnectionBase& connection);
  // A send has completed. The connection is not open.
  void handle_sent(ConnectionBase& connection, bool is_whole);

  // Connections whose descriptors are about to be closed.
  std::uint32_t closing_count() const { return closing_count_; }
  // Whether a descriptor was closed since the last call.
  bool take_freed() { return std::exchange(has_freed_, false); }

 private:
  void mark(ConnectionBase& connection, CloseReason reason);
  void linger(ConnectionBase& connection);
  void close_if_quiet(ConnectionBase& connection);

  Core& core_;
  std::vector<ConnectionBase*> closed_;  // awaiting on_close()
  std::uint32_t closing_count_ = 0;
  bool has_freed_ = false;
};

}  // namespace gyre::connection
