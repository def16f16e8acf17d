// The limits of one worker's connections, in all and of each address, and who is evicted for a
// newcomer when one is reached.
//
// Who is evicted: first those that are over anyway; then those that have not earned their place
// (prove()), of the client that has most of them; then those that wait for nothing in particular;
// then one of a client that has a quarter of all, if the newcomer is another's.
//
// Workers may share one count; then connections move between them, and one that moves counts all
// the time.
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

// For whom a worker could evict a connection: everybody, all clients but one that has many, nobody.
struct Evictable {
  bool for_anybody = false;
  std::optional<std::uint16_t> for_all_but = {};  // a client_bucket()
};

class Eviction {
 public:
  // What is passed by reference outlives it.
  Eviction(const Options& options, Deadlines& deadlines);

  // Takes a place for a newcomer. Returns how many were taken before, which may be too many.
  std::uint32_t take_place() { return count_.fetch_add(1, std::memory_order_relaxed); }
  void free_place() { count_.fetch_sub(1, std::memory_order_release); }
  bool is_over_limit() const {
    return count_.load(std::memory_order_relaxed) > options_.connections_max;
  }
  // Nor with any other worker that shares the count.
  bool has_nobody() const { return count_.load(std::memory_order_acquire) == 0; }
  // As many as a newcomer may find, while another worker evicts one for it.
  std::uint32_t taken_max_for_a_moment() const {
    return options_.connections_max + std::max(8U, options_.connections_max / 16);
  }

  // Counts a newcomer's address, unless a proxy is to say whose it is. False: it has as many
  // connections as it may.
  bool enter_address(const std::optional<ClientAddress>& client,
                     std::optional<ClientAddress>& counted_as) const;
  // Counts it as that client's from now on. False: that one has as many as it may.
  bool change_address(ConnectionBase& connection, const ClientAddress& client) const;
  void leave_address(std::optional<ClientAddress>& counted_as) const;
  std::uint16_t bucket_of(const std::optional<ClientAddress>& client) const {
    return limits::client_bucket(client, options_.client_secret);
  }

  // Among those that may be evicted.
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

  // Who is evicted for anybody, but for those who do not read; null: nobody.
  ConnectionBase* victim();
  // Those come last: a network may stall for a moment.
  ConnectionBase* stalled_to_evict();
  // The last resort: one client has a quarter of all `open_count` or more, and another wants one.
  ConnectionBase* to_evict_of_largest(std::uint16_t newcomer_bucket, std::uint32_t open_count);
  // Of nobody while there is room.
  Evictable evictable(std::uint32_t open_count);

 private:
  bool is_of_proxy(const std::optional<ClientAddress>& client) const;
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
