// How many connections and TLS handshakes may exist at once, and how much memory their buffers may
// take: computed from the operator's [limits], the memory that the process may use and the files
// that it may open, so that neither runs out, whoever connects.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/config/network.hpp"
#include "common/connection/counters.hpp"

namespace gyre::tracker {

// The demands of a program's connections. Sizes in bytes.
struct ConnectionNeeds {
  std::uint32_t configured_connections = 0;  // limits.max_connections; 0: as memory allows
  std::size_t connection_size = 0;           // of an idle one, without TLS
  bool secure = false;                       // some listener uses TLS
  std::size_t worker_count = 1;
  std::size_t listener_count = 0;  // per worker
  std::uint64_t max_memory = 0;    // limits.max_memory; 0: that of the machine or cgroup
};

// For a tracker with these listeners; the other parameters as in ConnectionNeeds.
ConnectionNeeds connection_needs(const config::NetworkConfig& network,
                                 std::uint32_t configured_connections, std::size_t connection_size,
                                 std::size_t worker_count, std::uint64_t max_memory);

struct ConnectionLimits {
  std::uint32_t connections = 0;
  std::uint32_t handshakes = 0;      // TLS handshakes in progress, over all workers
  std::size_t input_memory = 0;      // per worker: incomplete requests and messages
  std::size_t unsent_memory = 0;     // per worker: messages that clients have yet to receive
  std::size_t mailbox_memory = 0;    // per worker: messages from other workers
  std::size_t answers_memory = 0;    // per worker: offers that await an answer
  std::uint64_t memory_needed = 0;   // by all of these together
  bool is_limited_by_files = false;  // fewer connections than wanted, for lack of descriptors
};

// `memory` is what the process may use in bytes, 0 if that is unknown; `files` are the descriptors
// that it may open, some of which are left for the metrics endpoint, reloads and others.
// REQUIRES: at least one worker.
ConnectionLimits connection_limits(const ConnectionNeeds& needs, std::uint64_t memory,
                                   std::uint64_t files);
// The same for this host, with a log message, and a warning if the operator should act.
ConnectionLimits limits_for(const ConnectionNeeds& needs);

// Logs, once for each, that a limit on all clients was reached, or that an untrusted proxy came.
// May be called from any thread, any number of times.
void log_limit_reached(connection::CloseReason reason);

}  // namespace gyre::tracker
