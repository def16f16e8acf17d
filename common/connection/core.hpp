// What all pieces of one worker's connections share.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "common/base/stored_input.hpp"
#include "common/connection/connection_table.hpp"
#include "common/connection/counters.hpp"
#include "common/connection/deadlines.hpp"
#include "common/connection/eviction.hpp"
#include "common/connection/options.hpp"
#include "common/connection/output.hpp"
#include "common/connection/receiver.hpp"
#include "common/connection/user.hpp"
#include "common/limits/eviction_queue.hpp"
#include "common/limits/fair_turns.hpp"
#include "common/limits/token_buckets.hpp"
#include "common/ring/ring.hpp"

namespace gyre::connection {

struct Core {
  Core(const Options& with_options, ring::Ring with_ring, ConnectionTable with_table,
       User& with_user, Metrics& with_metrics)
      : options(with_options),
        user(with_user),
        metrics(with_metrics),
        table(std::move(with_table)),
        deadlines(options.deadlines_ns),
        eviction(options, deadlines),
        turns(options.quantum_ns),
        connection_rate(options.connection_rate, options.bucket_table),
        handshake_rate(options.handshake_rate, options.bucket_table),
        budget{options.input_memory},
        output(options.send_slot_count, options.send_slot_size, ring, deadlines, metrics),
        receiver(ring, metrics),
        ring(std::move(with_ring)) {}

  // Makes an open connection of a newcomer, or of one from another worker, except for its input.
  ConnectionBase& open(Detached&& from) {
    ConnectionBase& connection = table.acquire();
    connection.fd = std::move(from.fd);
    connection.listener_index = from.listener_index;
    connection.client = from.client;
    connection.counted_as = from.counted_as;
    connection.client_bucket = eviction.bucket_of(from.counted_as ? from.counted_as : from.client);
    connection.Turn::bucket = connection.client_bucket;
    connection.has_ended = from.has_ended;
    connection.tls = std::move(from.tls);
    if (connection.tls) connection.tls->connection = &connection;
    return connection;
  }

  // Whether the client's network is on the deny list, as it is now.
  bool denies(const ClientAddress& client) {
    if (options.deny_lists == nullptr) return false;
    if (auto lists = options.deny_lists->get_if_newer(deny_lists_version)) {
      deny_lists = std::move(lists);
    }
    return deny_lists && deny_lists->networks.contains(client);
  }

  // Takes a token of a client that is not a proxy.
  bool take(limits::TokenBuckets& rate, const std::optional<ClientAddress>& client) const {
    return !client || eviction.is_of_proxy(client) || rate.take(*client, deadlines.now_ns());
  }

  const Options options;
  User& user;
  Metrics& metrics;
  ConnectionTable table;
  Deadlines deadlines;
  Eviction eviction;
  limits::FairTurns turns;
  std::shared_ptr<const limits::DenyLists> deny_lists;
  std::uint64_t deny_lists_version = 0;
  limits::TokenBuckets connection_rate;
  limits::TokenBuckets handshake_rate;
  limits::EvictionQueue handshakes;  // of TLS, under way
  InputBudget budget;
  Output output;
  Receiver receiver;
  ring::Ring ring;  // after what it points to, so that the kernel lets go of that first
};

}  // namespace gyre::connection
