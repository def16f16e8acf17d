// What one worker of the WebSocket tracker is made of: settings of its own, and what all workers of
// a tracker share.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/clock.hpp"
#include "common/connection/options.hpp"
#include "common/http1/forwarded.hpp"
#include "common/net/network_list.hpp"
#include "common/swarm/access_list.hpp"
#include "common/swarm/budget.hpp"
#include "ws/handler.hpp"
#include "ws/origin.hpp"
#include "ws/rate.hpp"
#include "ws/worker_queues.hpp"

namespace gyre::ws {

struct WorkerOptions {
  std::uint32_t index = 0;               // of this worker
  connection::Options connections = {};  // listeners, limits and deadlines; sizes are set here
  HandlerOptions handler = {};
  std::size_t message_size_max = 131'072;  // bytes, also when it is inflated
  std::uint32_t max_scrape_torrents = 255;
  bool compression = true;                             // permessage-deflate with those who offer it
  std::size_t compress_from = 1024;                    // messages of so many bytes
  std::size_t unsent_max = std::size_t{1} << 20;       // bytes that wait for a connection
  std::size_t unsent_memory = std::size_t{256} << 20;  // for all of them
  Rate message_rate = {};
  Rate offer_rate = {};
  limits::BucketRate request_rate = {};  // of an address: announces and scrapes
  std::uint64_t first_announce_time_max_ns = 30'000'000'000;
  std::uint64_t ping_interval_ns = 60'000'000'000;
  std::uint64_t pong_time_max_ns = 20'000'000'000;
  OriginRules origins = {};
  // Behind reverse proxies: where the client's address is, and who is believed about it.
  http1::AddressHeader address_header = {};
  net::NetworkList trusted_networks = {};
};

// What all workers of a tracker share. It outlives them.
struct WorkerShares {
  const ProcessClock& clock;
  const swarm::SharedAccessList& access_list;  // made under the secret of the handler's swarms
  swarm::Budget& budget;
  WorkerQueues& queues;
};

}  // namespace gyre::ws
