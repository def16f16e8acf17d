// How many connections and TLS handshakes there may be at once, and what may be kept for them: from
// the operator's [limits], the memory that the process may use, and the files that it may open. So
// that neither runs out, whoever connects.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/config/network.hpp"
#include "common/connection/stream_counters.hpp"

namespace gyre::tracker {

// Of memory: what a program takes at rest, beside its connections and swarms.
inline constexpr std::uint64_t process_size = std::uint64_t{64} << 20;

// What a program's connections need. Sizes in bytes.
struct ConnectionNeeds {
  std::uint32_t connections_set = 0;  // limits.max_connections; 0: as memory allows
  std::size_t connection_size = 0;    // of one that waits, without TLS
  bool secure = false;                // some listener speaks TLS
  std::size_t worker_count = 1;
  std::size_t listener_count = 0;  // of a worker
};

// Of a tracker that listens there; `connections_set` and `connection_size` as above.
ConnectionNeeds connection_needs(const config::ListeningConfig& listening,
                                 std::uint32_t connections_set, std::size_t connection_size,
                                 std::size_t worker_count);

struct ConnectionLimits {
  std::uint32_t connections = 0;
  std::uint32_t handshakes = 0;    // of TLS, under way at once; of all workers
  std::size_t input_memory = 0;    // of one worker: for requests and messages in pieces
  std::size_t unsent_memory = 0;   // of one worker: for messages that wait for their clients
  std::size_t mailbox_memory = 0;  // of one worker: for what others send it
  std::size_t answers_memory = 0;  // of one worker: for offers that may be answered
  std::uint64_t memory_taken = 0;  // by all of these
  bool files_are_few = false;      // connections are fewer than asked for, for want of descriptors
};

// `memory` is what the process may use in bytes, 0 if that is not known, and `files` how many
// descriptors it may have; some of these are left for the metrics endpoint, reloads and whatever
// else opens files.
ConnectionLimits connection_limits(const ConnectionNeeds& needs, std::uint64_t memory,
                                   std::uint64_t files);
// The same on this host, with a word to the operator, and a warning where something is to be done.
ConnectionLimits limits_for(const ConnectionNeeds& needs);

// Says in the log, once for each, that a limit of all clients was reached. May be called from any
// thread, as often as it happens.
void log_limit_reached(connection::CloseReason reason);

}  // namespace gyre::tracker
