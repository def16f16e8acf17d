// How connections end.
//
// Rules:
//   1. close() and finish() only mark: the connection leaves all lists and counts, and nothing more
//      is received, sent or waited for. At the end of the turn comes on_close(), and its memory
//      goes. So code may go on using a connection that something it called has closed.
//   2. A descriptor is closed when no operation of it is under way, and only then is the connection
//      used for another; tokens carry a generation besides.
//   3. finish() loses nothing: what was written is sent, then a lingering close waits for the
//   client
//      to close. Closing at once could reset the connection, and the client lose its answer, if it
//      still sends.
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
  // At once, whatever it is doing. `resets`: what the client has not taken is dropped.
  void close(ConnectionBase& connection, CloseReason reason, bool resets = false);
  // Closes the one that has waited longest for that, and for so long at least. False: there is
  // none, but for the excluded.
  bool close_oldest(Deadline deadline, CloseReason reason, std::uint64_t age_min_ns = 0,
                    const ConnectionBase* excluded = nullptr);
  // Evicts one for anybody; or, if there is none, of the client that has a quarter of all places.
  bool evict();
  bool evict_of_largest(std::uint16_t newcomer_bucket);

  // Without a connection: these may be many.
  void refuse(int fd, CloseReason reason);

  // on_close() of those that were marked. At the end of the turn, and before if somebody needs
  // their memory. REQUIRES: nobody is in the middle of anything with one of them.
  void release_closed();

  // No operation of it is under way any more, perhaps. Of one that is not open.
  void handle_quiet(ConnectionBase& connection);
  // The client sends no more. Of one that is not open.
  void handle_end(ConnectionBase& connection);
  // What was written has gone. Of one that is not open.
  void handle_sent(ConnectionBase& connection, bool is_whole);

  // Whose descriptors will come free without doing anything.
  std::uint32_t closing_count() const { return closing_count_; }
  // Whether a descriptor has come free since the last call.
  bool take_freed() { return std::exchange(has_freed_, false); }

 private:
  void mark(ConnectionBase& connection, CloseReason reason);
  void linger(ConnectionBase& connection);
  void close_if_quiet(ConnectionBase& connection);

  Core& core_;
  std::vector<ConnectionBase*> closed_;  // whose on_close() is to come
  std::uint32_t closing_count_ = 0;
  bool has_freed_ = false;
};

}  // namespace gyre::connection
