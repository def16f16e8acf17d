// Which worker owns a torrent, and how messages get to it and to clients, wherever they are: the
// connections of this worker by its outbox, everything else by the queues of the other workers.
//
// A torrent belongs to one worker, by its info_hash, and a connection to the worker that it is
// served by. What a connection says about torrents of others is forwarded as text, and handled
// there as if it had been said there.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/connection/server.hpp"
#include "ws/counters.hpp"
#include "ws/keepalive.hpp"
#include "ws/message_sink.hpp"
#include "ws/outbox.hpp"
#include "ws/session.hpp"
#include "ws/worker_options.hpp"
#include "ws/worker_queues.hpp"

namespace gyre::ws {

class Router final : public MessageSink {
 public:
  // What is passed by reference outlives it.
  Router(const WorkerOptions& options, WorkerQueues& queues, connection::Server& server,
         Outbox& outbox, Keepalive& keepalive, WorkerMetrics& metrics);

  // From now on this worker is woken for what others send to it.
  void open() { queues_.open(options_.index, server_.ring_id()); }

  std::uint32_t worker_count() const { return queues_.worker_count(); }
  std::uint32_t owner_of(const InfoHash& info_hash) const;
  bool owns(const InfoHash& info_hash) const { return owner_of(info_hash) == options_.index; }
  ConnectionRef ref_of(const Connection& connection) const {
    return {
        .index = connection.index, .generation = connection.generation, .worker = options_.index};
  }

  void send(const ConnectionRef& to, WorkerCounter kind, Parts parts) override;
  void probe(const ConnectionRef& connection) override;

  // A message of the connection to the worker that owns its torrent. False: that one is too busy.
  bool forward(Connection& connection, std::uint32_t owner, std::span<const std::byte> message,
               std::uint32_t offers_max);
  bool forward(std::uint32_t worker, const ConnectionRef& from, std::unique_ptr<ScrapeRound> round);
  // A connection, to the worker that its message names.
  void move(WorkerMessage&& message);
  // The peers that it has with other workers go with it.
  void forget(const Connection& connection);
  // Another worker evicts somebody for a newcomer of that client. False: none can.
  bool evict_elsewhere(std::uint16_t client_bucket);

  // What has come from other workers, in its order; holds until the next call. Null: nothing.
  WorkerMessage* next();
  bool has_next() const { return next_ < taken_.size(); }
  // Says whom this worker could evict.
  void offer_evictable() { queues_.offer(options_.index, server_.evictable()); }

 private:
  Connection* find(const ConnectionRef& ref);
  bool post(std::uint32_t worker, WorkerMessage&& message);

  const WorkerOptions& options_;
  WorkerQueues& queues_;
  connection::Server& server_;
  Outbox& outbox_;
  Keepalive& keepalive_;
  WorkerMetrics& metrics_;
  std::vector<WorkerMessage> taken_;  // from the queue
  std::size_t next_ = 0;              // of these
};

// A message that is kept for another worker's Parser.
std::vector<std::byte> padded(std::span<const std::byte> message);

}  // namespace gyre::ws
