// From the settings that all trackers with connections have to the options of those who serve them.
#pragma once

#include <cstdint>

#include "common/config/stream_settings.hpp"
#include "common/http/forwarded.hpp"
#include "common/io/streams.hpp"
#include "common/types.hpp"

namespace gyre::tracker {

// In seconds; none is 0.
struct StreamDeadlines {
  Seconds handshake = 1;
  Seconds request = 1;
  Seconds idle = 1;
  Seconds write = 1;
  Seconds farewell = 1;
};

// By io::Deadline.
std::array<std::uint64_t, io::deadline_count> deadlines_ns(const StreamDeadlines& deadlines);

// A worker's share; at least one.
std::uint32_t share_of_worker(std::uint32_t max_connections, std::size_t worker_count);

http::AddressHeader address_header(const config::ProxyConfig& proxy);

}  // namespace gyre::tracker
