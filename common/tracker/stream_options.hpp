// From the settings that all trackers with connections have to the options of those who serve them.
#pragma once

#include <cstdint>

#include "common/base/types.hpp"
#include "common/config/proxies.hpp"
#include "common/connection/streams.hpp"
#include "common/http1/forwarded.hpp"

namespace gyre::tracker {

// In seconds; none is 0.
struct StreamDeadlines {
  Seconds handshake = 1;
  Seconds request = 1;
  Seconds idle = 1;
  Seconds write = 1;
  Seconds farewell = 1;
};

// By connection::Deadline.
std::array<std::uint64_t, connection::deadline_count> deadlines_ns(
    const StreamDeadlines& deadlines);

// What the connections of every tracker are served with; what is pointed to outlives the workers.
struct StreamSetup {
  const config::ProxyConfig& proxy;
  const net::NetworkList& trusted_networks;    // of the same
  limits::AddressCounts* addresses = nullptr;  // null: not limited
  std::uint32_t ring_size = 16;                // not yet rounded up to a power of two
  StreamDeadlines deadlines = {};
  std::uint64_t client_secret = 0;  // the same for all workers
};
// Without listeners, the number of connections, and what tells a worker to stop.
connection::StreamsOptions streams_options(const StreamSetup& setup);

// A worker's share; at least one.
std::uint32_t share_of_worker(std::uint32_t max_connections, std::size_t worker_count);

http1::AddressHeader address_header(const config::ProxyConfig& proxy);

}  // namespace gyre::tracker
