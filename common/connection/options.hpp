// How one worker serves connections: listeners, limits, deadlines, and sizes of memory.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/shared_value.hpp"
#include "common/connection/counters.hpp"
#include "common/connection/deadlines.hpp"
#include "common/limits/address_counts.hpp"
#include "common/limits/deny_lists.hpp"
#include "common/limits/token_buckets.hpp"
#include "common/net/network_list.hpp"
#include "common/tls/context.hpp"
#include "common/tls/session.hpp"

namespace gyre::connection {

using TlsContexts = SharedValue<tls::Context>;

// Certificates and signature of a TLS handshake: chains that browsers take are far shorter.
inline constexpr std::size_t flight_size_max = 65536;
// The last record of a TLS connection, for which a send slot has space.
inline constexpr std::size_t close_notify_size_max = tls::sealed_size_max(2);
// The size of a send slot for writes of that size, with TLS or without.
constexpr std::size_t slot_size_for(std::size_t write_size) {
  return tls::sealed_size_max(write_size) + close_notify_size_max;
}

// A listening socket, owned by others.
struct Listener {
  int fd = -1;
  bool secure = false;    // TLS
  bool is_unix = false;   // its clients have no address
  std::string name = {};  // "http://0.0.0.0:3000", for messages
};

// Number of open connections, without closing ones.
using ConnectionCount = std::atomic<std::uint32_t>;

struct Options {
  std::vector<Listener> listeners = {};
  std::uint32_t connections_max = 16384;        // of this worker, or of all that share a count
  ConnectionCount* connection_count = nullptr;  // shared where connections move; null: its own
  limits::AddressCounts* addresses = nullptr;   // null: an address may have any number
  // Of an address, for publicly routable clients.
  limits::BucketRate connection_rate = {};
  limits::BucketRate handshake_rate = {};  // of TLS
  limits::BucketTable bucket_table = {};
  bool talks_to_others = false;  // wake() is needed: checked at start
  // Every connection begins with its preamble; those of strangers, see `proxies`, are closed.
  bool proxy_protocol = false;
  // Where proxies are: admit() names the client of a connection from there or by a unix socket.
  // Null: there are none.
  const net::NetworkList* proxies = nullptr;
  const limits::SharedDenyLists* deny_lists = nullptr;  // null: nobody is denied
  std::uint64_t client_secret = 0;                      // of client_bucket(); random
  // Called for what concerns the operator: over_limit, over_handshake_limit, untrusted_proxy.
  void (*limit_reached)(CloseReason) = [](CloseReason) {};

  const TlsContexts* tls_contexts = nullptr;  // of secure listeners; replaced on reload
  std::uint32_t handshakes_max = 4096;        // of TLS, under way at once, of this worker

  // In bytes. Where listeners are secure, a slot has receive_buffer_size + flight_size_max at
  // least.
  std::uint32_t receive_buffer_count = 256;  // a power of two
  std::size_t receive_buffer_size = 4096;
  std::uint32_t send_slot_count = 512;
  std::size_t send_slot_size = 65536;
  std::size_t write_size_max = 65536;                // at most so much is sealed at once
  std::size_t input_memory = std::size_t{64} << 20;  // for stored input, of all connections
  // Per connection. A blocked one that stores that much pauses receiving, and others are not
  // evicted for one that stores more.
  std::size_t stored_size_max = 8192;

  std::array<std::uint64_t, deadline_count> deadlines_ns = {};  // by Deadline; none is 0

  // Shares of a turn of the loop, in nanoseconds of work. Short turns serve those who wait sooner,
  // long ones have more in each submission. What costs its sender next to nothing (a handshake,
  // what a message inflates to) is charged several times over, so turns are far shorter under
  // attack.
  std::int32_t quantum_ns = 1'000'000;  // of a connection, and of a client, before others come
  std::uint64_t arrival_work_max_ns = 40'000'000;  // of all together, for what has just come
  std::uint64_t waiting_work_max_ns = 24'000'000;  // and for those who wait, while there are any

  int stop_fd = -1;                                // becomes readable when the worker shall stop
  std::uint64_t stop_time_max_ns = 5'000'000'000;  // then what is still open is cut off
  std::uint64_t (*clock)() = monotonic_ns;
};

}  // namespace gyre::connection
