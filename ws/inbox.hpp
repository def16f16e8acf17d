// What comes over the WebSockets of one worker: frames become messages, messages requests, and each
// request gets to the worker that owns its torrent.
//
// Rules:
//   1. A connection moves to the owner of the torrent of its first announce. From then on it is
//      pinned: what it says about other torrents is forwarded.
//   2. What a message causes is charged to its connection, by what it inflates to and what is
//      relayed of it. What comes faster than the rate allows is dropped unread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "common/connection/server.hpp"
#include "ws/counters.hpp"
#include "ws/deflate.hpp"
#include "ws/handler.hpp"
#include "ws/keepalive.hpp"
#include "ws/message_reader.hpp"
#include "ws/outbox.hpp"
#include "ws/protocol.hpp"
#include "ws/router.hpp"
#include "ws/scrape_rounds.hpp"
#include "ws/session.hpp"
#include "ws/worker_options.hpp"

namespace gyre::ws {

class Inbox {
 public:
  // What is passed by reference outlives it. The cost of handling is added to `cost_ns`.
  Inbox(const WorkerOptions& options, connection::Server& server, Outbox& outbox,
        Keepalive& keepalive, Router& router, Handler& handler, ScrapeRounds& scrapes,
        WorkerMetrics& metrics, std::uint64_t& cost_ns);

  void begin_turn(std::uint64_t now_ns) {
    now_ns_ = now_ns;
    messages_in_turn_ = 0;
  }
  // That were handled, whosever they are.
  std::uint64_t messages_in_turn() const { return messages_in_turn_; }

  // Takes as much as makes sense now, and returns how much that was.
  std::size_t take(Connection& connection, std::span<const std::byte> bytes);
  // A message of a connection of another worker, about a torrent that this one owns: it was parsed
  // where it came from. There are message_padding bytes behind it.
  void take_forwarded(const Sender& sender, std::span<const std::byte> text,
                      std::uint32_t offers_max);

 private:
  std::size_t message_size_max() const { return options_.config.websocket_max_message_size; }
  void handle(Connection& connection, const MessageReader::Result& event);
  void handle_message(Connection& connection, const MessageReader::Result& event);
  bool is_over_rate(Connection& connection);
  bool may_ask(Connection& connection, std::string_view action,
               const std::optional<InfoHash>& info_hash);
  void handle_compressed(Connection& connection, const MessageReader::Result& event);
  void handle_request(Connection& connection, std::span<const std::byte> message, bool is_binary);
  void route(Connection& connection, const Announce& announce, std::span<const std::byte> message);
  void route(Connection& connection, const Answer& answer, std::span<const std::byte> message);
  void route(Connection& connection, const Scrape& scrape);
  std::uint32_t take_offers(Connection& connection, const Announce& announce);
  void note_peers(Connection& connection, const Announce& announce);
  bool may_move(const Connection& connection) const;
  void begin_move(Connection& connection, std::uint32_t owner, std::span<const std::byte> message,
                  std::uint32_t offers_max);
  void forward(Connection& connection, std::uint32_t owner, std::span<const std::byte> message,
               std::uint32_t offers_max, const InfoHash& info_hash);

  const WorkerOptions& options_;
  connection::Server& server_;
  Outbox& outbox_;
  Keepalive& keepalive_;
  Router& router_;
  Handler& handler_;
  ScrapeRounds& scrapes_;
  WorkerMetrics& metrics_;
  std::uint64_t& cost_ns_;
  Parser parser_;
  Inflater inflater_;
  limits::TokenBuckets request_rate_;
  // A message as it came, and in full.
  std::unique_ptr<std::byte[]> scratch_;
  std::unique_ptr<std::byte[]> inflated_;
  std::uint64_t now_ns_ = 0;
  std::uint64_t messages_in_turn_ = 0;
};

}  // namespace gyre::ws
