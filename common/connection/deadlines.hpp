// What connections wait for, and for how long: a list for each kind of deadline, in the order of
// expiry. A connection is in one list or in none.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "common/connection/deadline_list.hpp"

namespace gyre::connection {

struct ConnectionBase;

enum class Deadline : std::uint8_t {
  handshake,      // PROXY header, TLS handshake
  first_request,  // its first byte
  request,        // the rest of a request
  message,        // the rest of a message, of those who are not evicted for newcomers
  idle,           // the next request
  no_peers,   // nothing: it has no peers, and is evicted before those that have; not ended by time
  write,      // that the client takes what is sent
  send_slot,  // memory to send from
  lingering,  // that the client closes, after the last answer
};
inline constexpr std::size_t deadline_count = 9;

class Deadlines {
 public:
  // In nanoseconds, by Deadline.
  explicit Deadlines(const std::array<std::uint64_t, deadline_count>& lengths);

  // Of the turn.
  void set_time(std::uint64_t now_ns) { now_ns_ = now_ns; }
  std::uint64_t now_ns() const { return now_ns_; }

  // From now on, in place of what it waited for.
  void set(ConnectionBase& connection, Deadline deadline);
  static void clear(ConnectionBase& connection);
  static bool is_waiting_for(const ConnectionBase& connection, Deadline deadline);

  // The one that has waited longest for that, and for so long at least, but for the excluded. Null:
  // there is none.
  ConnectionBase* oldest(Deadline deadline, std::uint64_t age_min_ns = 0,
                         const ConnectionBase* excluded = nullptr);
  // One whose time is over. Null: there is none.
  ConnectionBase* due(Deadline deadline);
  // Of all.
  std::uint64_t next_due_ns();

  void check_invariants() const {
    for (const DeadlineList& list : lists_) list.check_invariants();
  }

 private:
  DeadlineList& list_of(Deadline deadline) { return lists_[static_cast<std::size_t>(deadline)]; }

  std::array<DeadlineList, deadline_count> lists_;
  std::uint64_t now_ns_ = 0;
};

}  // namespace gyre::connection
