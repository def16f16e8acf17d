// The messages of one tracker's workers to each other: a queue for each worker, and how to wake it.
//
// When a queue is full, a request is refused at once and its sender gets a failure; a response
// is dropped, as if the client did not read. Offers and answers, which one can cause many of, have
// one half of a queue, so that replies find room. That a connection has gone, and one that moves,
// always find room: there are no more of them than connections.
//
// Threading: post() by any worker, take() by its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/mailbox.hpp"
#include "common/connection/eviction.hpp"
#include "common/ring/ring.hpp"
#include "ws/connection_ref.hpp"
#include "ws/message_sink.hpp"
#include "ws/replies.hpp"
#include "ws/session.hpp"

namespace gyre::ws {

// A scrape goes from worker to worker, who each fill in what they own; the last one answers.
struct ScrapeRound {
  Family family = Family::ipv4;  // of who asks
  bool is_list = false;          // and not one torrent by itself
  std::vector<InfoHash> info_hashes;
  std::vector<swarm::SwarmCounts> counts;  // of these

  std::size_t size() const {
    return counts.size() * (sizeof(InfoHash) + sizeof(swarm::SwarmCounts));
  }
};

struct WorkerMessage {
  enum class Kind : std::uint8_t {
    request,     // `text`: a message of the connection, for the worker that owns its torrent
    scrape,      //
    response,    // `text`: a message to the connection
    probe,       // ping the connection
    forget,      // the connection has gone
    connection,  // it moves here, with `text`: its first announce, of a torrent owned here
    evict,       // one was let in above the limit for one that you can close
  };
  Kind kind = Kind::request;
  WorkerCounter counts_as = WorkerCounter::sent_announce;  // of a response
  ConnectionRef connection = {};     // of one that moves only the worker, to which it moves
  ClientAddress address = {};        // of a request
  std::uint32_t offers_max = 0;      // of an announce
  std::uint16_t client_bucket = 0;   // of evict: whose the newcomer is
  std::vector<std::byte> text = {};  // except of a response with message_padding bytes behind it
  std::unique_ptr<ScrapeRound> scrape = {};
  // Of a connection that moves.
  std::unique_ptr<connection::Detached> detached = {};
  std::unique_ptr<Session> session = {};
};

class WorkerQueues {
 public:
  // Of each queue, beside what always finds room.
  static constexpr MailboxLimits default_limits{.count_max = 16'384,
                                                .size_max = std::size_t{32} << 20};

  explicit WorkerQueues(std::uint32_t worker_count, const MailboxLimits& limits = default_limits)
      : evictable_(worker_count) {
    for (auto& evictable : evictable_) {
      evictable.store(connection::evictable_for_nobody, std::memory_order_relaxed);
    }
    for (std::uint32_t i = 0; i < worker_count; ++i) {
      queues_.push_back(std::make_unique<Mailbox<WorkerMessage>>(limits));
    }
  }

  std::uint32_t worker_count() const { return static_cast<std::uint32_t>(queues_.size()); }

  // From now on the worker is woken by its ring.
  void open(std::uint32_t worker, ring::RingId ring) { queues_[worker]->open(ring); }

  // What that worker could evict at the end of its last turn, and who could evict for that client.
  void offer(std::uint32_t worker, connection::Evictable evictable) {
    evictable_[worker].store(evictable, std::memory_order_relaxed);
  }
  std::optional<std::uint32_t> who_can_evict_for(std::uint16_t client_bucket) const {
    for (std::uint32_t worker = 0; worker < worker_count(); ++worker) {
      const auto evictable = evictable_[worker].load(std::memory_order_relaxed);
      if (evictable != connection::evictable_for_nobody && evictable != client_bucket)
        return worker;
    }
    return std::nullopt;
  }

  // If it is not accepted, the message stays the caller's.
  Posted post(std::uint32_t worker, WorkerMessage&& message) {
    const std::size_t size = message.text.size() + (message.scrape ? message.scrape->size() : 0);
    const bool is_bounded = message.kind == WorkerMessage::Kind::forget ||
                            message.kind == WorkerMessage::Kind::connection;
    const bool is_relayed = message.kind == WorkerMessage::Kind::response &&
                            (message.counts_as == WorkerCounter::sent_offer ||
                             message.counts_as == WorkerCounter::sent_answer);
    Mailbox<WorkerMessage>& queue = *queues_[worker];
    if (is_bounded) return queue.post_always(std::move(message), size);
    return queue.post(std::move(message), size, is_relayed ? 2 : 1);
  }

  // Everything that has been posted to `worker`, in its order from each other one. False: nothing.
  bool take(std::uint32_t worker, std::vector<WorkerMessage>& messages) {
    return queues_[worker]->take(messages);
  }

 private:
  std::vector<std::atomic<connection::Evictable>> evictable_;  // by worker
  std::vector<std::unique_ptr<Mailbox<WorkerMessage>>> queues_;
};

}  // namespace gyre::ws
