// Converts the settings that all trackers with connections share into options of their workers.
#pragma once

#include <cstdint>

#include "common/base/types.hpp"
#include "common/config/network.hpp"
#include "common/config/proxies.hpp"
#include "common/connection/options.hpp"
#include "common/http1/forwarded.hpp"
#include "common/process/sandbox.hpp"
#include "common/tracker/core.hpp"

namespace gyre::tracker {

// In seconds, at least 1.
struct StreamDeadlines {
  Seconds handshake = 1;
  Seconds request = 1;
  Seconds idle = 1;
  Seconds write = 1;
  Seconds lingering = 1;
};

// Indexed by connection::Deadline.
std::array<std::uint64_t, connection::deadline_count> deadlines_ns(
    const StreamDeadlines& deadlines);

// Input of streams_options(). Whatever it points to outlives the workers.
struct StreamSetup {
  const config::ProxyConfig& proxy;
  const net::NetworkList& trusted_networks;    // those of `proxy`, parsed
  limits::AddressCounts* addresses = nullptr;  // null: no limit per address
  std::uint32_t ring_size = 16;                // is rounded up to a power of two
  StreamDeadlines deadlines = {};
  std::uint64_t client_secret = 0;  // the same for all workers
};
// Leaves unset: listeners, the number of connections, and the descriptor that stops a worker.
connection::Options connection_options(const StreamSetup& setup);

// One worker's share of the connections, at least 1.
std::uint32_t share_of_worker(std::uint32_t max_connections, std::size_t worker_count);

http1::AddressHeader address_header(const config::ProxyConfig& proxy);

// Those of the core, with certificates and unix sockets.
process::SandboxPaths sandbox_paths(const Core& core, const config::ListeningConfig& listening);

}  // namespace gyre::tracker
