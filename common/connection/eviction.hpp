// The limits of one worker's connections, in total and per address, and which connection is evicted
// for a newcomer when one is reached.
//
// Order of eviction: lingering closes; connections not proven yet (see prove()), the oldest of the
// client with the most of them; idle ones; those without peers; those in a request for some time;
// those that do not read. As a last resort, one of a client that holds a quarter of all, for a
// newcomer of another client.
//
// Workers may share one count. Connections move between them, and a moving one still counts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "common/connection/connection.hpp"
#include "common/connection/deadlines.hpp"
#include "common/connection/options.hpp"
#include "common/limits/address_counts.hpp"
#include "common/limits/client_hash.hpp"
#include "common/limits/eviction_queue.hpp"

namespace gyre::connection {

// For which newcomers a worker could evict a connection: those of all clients but one that has
// many, whose client_bucket() this is, any or none.
using Evictable = std::uint32_t;
inline constexpr Evictable evictable_for_anybody = 1 << 16;
inline constexpr Evictable evictable_for_nobody = 2 << 16;

class Eviction {
 public:
  // What is passed by reference outlives it.
  Eviction(const Options& options, Deadlines& deadlines);

  // Counts a newcomer. Returns the count before it, which may be the limit already.
  std::uint32_t take_place() { return count_.fetch_add(1, std::memory_order_relaxed); }
  void free_place() { count_.fetch_sub(1, std::memory_order_release); }
  bool is_over_limit() const {
    return count_.load(std::memory_order_relaxed) > options_.connections_max;
  }
  // Nor with any other worker that shares the count.
  bool has_nobody() const { return count_.load(std::memory_order_acquire) == 0; }
  // The limit for a newcomer for which another worker evicts one.
  std::uint32_t taken_max_for_a_moment() const {
    return options_.connections_max + std::max(8U, options_.connections_max / 16);
  }

  // Counts a newcomer's address, unless a proxy will name the client. False if the address is at
  // its limit.
  bool enter_address(const std::optional<ClientAddress>& client,
                     std::optional<ClientAddress>& counted_as) const;
  // Counts it for that client from now on. False if the client is at its limit.
  bool change_address(ConnectionBase& connection, const ClientAddress& client) const;
  void leave_address(std::optional<ClientAddress>& counted_as) const;
  std::uint16_t bucket_of(const std::optional<ClientAddress>& client) const {
    return limits::client_bucket(client, options_.client_secret);
  }

  // Into and out of the queues of those that may be evicted.
  void enter(ConnectionBase& connection) {
    queue_of(connection).add(connection, connection.client_bucket, deadlines_.now_ns());
  }
  void leave(ConnectionBase& connection) { queue_of(connection).remove(connection); }
  void move(ConnectionBase& connection, std::uint16_t client_bucket) {
    connection.client_bucket = client_bucket;
    queue_of(connection).move(connection, client_bucket);
  }
  void prove(ConnectionBase& connection);
  std::uint32_t size() const { return unproven_.size() + proven_.size(); }

  // Whether connections from there, or by a unix socket, are of trusted proxies, which will name
  // their clients.
  bool is_of_proxy(const std::optional<ClientAddress>& client) const;

  // Whom to evict for any newcomer, except those that do not read. Null if there is none.
  ConnectionBase* victim();
  // One that does not read; they come last, because a network may stall for a moment.
  ConnectionBase* stalled_to_evict();
  // The last resort: one of a client that holds a quarter of `open_count` or more, for another
  // client.
  ConnectionBase* to_evict_of_largest(std::uint16_t newcomer_bucket, std::uint32_t open_count);
  // None while the limit is not reached.
  Evictable evictable(std::uint32_t open_count);

 private:
  limits::EvictionQueue& queue_of(const ConnectionBase& connection) {
    return connection.is_proven ? proven_ : unproven_;
  }

  const Options& options_;
  Deadlines& deadlines_;
  ConnectionCount own_count_ = 0;
  ConnectionCount& count_;
  limits::EvictionQueue unproven_;
  limits::EvictionQueue proven_;
};

}  // namespace gyre::connection
