// What one worker of the WebSocket tracker is made of: the settings, what is its own, and what all
// workers of a tracker share.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "common/base/clock.hpp"
#include "common/base/sip_hash.hpp"
#include "common/connection/options.hpp"
#include "common/http1/forwarded.hpp"
#include "common/limits/address_counts.hpp"
#include "common/net/network_list.hpp"
#include "common/swarm/access_list.hpp"
#include "common/swarm/budget.hpp"
#include "ws/config.hpp"
#include "ws/worker_queues.hpp"

namespace gyre::ws {

struct WorkerOptions {
  std::uint32_t index = 0;  // of this worker
  Config config = {};
  connection::Options connections = {};  // listeners, limits and deadlines; sizes are set here
  SipKey hash_secret = {};               // of swarms; the same for all workers
  limits::AddressCounts* peer_addresses = nullptr;     // null: no limit on peers of an address
  std::uint32_t offer_count_max = 1 << 22;             // that can be answered at one time
  std::size_t unsent_memory = std::size_t{256} << 20;  // bytes that wait for any connection
  // What all workers of a tracker share. It outlives them.
  const ProcessClock* clock = nullptr;
  const swarm::SharedAccessList* access_list = nullptr;  // made under hash_secret
  swarm::Budget* budget = nullptr;
  const std::atomic<Seconds>* announce_interval = nullptr;  // null: as configured
  WorkerQueues* queues = nullptr;
  // Behind reverse proxies: where the client's address is, and who is believed about it.
  http1::AddressHeader address_header = {};
  net::NetworkList trusted_networks = {};
};

}  // namespace gyre::ws
