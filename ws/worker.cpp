#include "ws/worker.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/check.hpp"

namespace gyre::ws {

using connection::CloseReason;

namespace {

constexpr std::size_t receive_buffer_size = 16'384;
constexpr std::size_t write_size_max = 65'536;
constexpr std::size_t send_slot_size = std::max(connection::slot_size_for(write_size_max),
                                                receive_buffer_size + connection::flight_size_max);
// Of an HTTP request and its response.
constexpr std::uint64_t page_cost_ns = 5000;
// Torrents that a new access list is asked about in one turn.
constexpr std::uint32_t torrents_checked_at_once = 256;

WorkerOptions with_sizes(WorkerOptions options) {
  connection::Options& transport = options.transport;
  transport.streams.receive_buffer_size = receive_buffer_size;
  transport.streams.send_slot_size = send_slot_size;
  transport.streams.talks_to_others = true;
  transport.write_size_max = write_size_max;
  transport.kept_size_max = http1::head_size_max;
  return options;
}

}  // namespace

std::expected<std::unique_ptr<Worker>, std::string> Worker::create(const WorkerOptions& options,
                                                                   const WorkerShares& shares,
                                                                   Random random,
                                                                   WorkerMetrics& metrics) {
  auto ring = connection::Transport::create_ring(options.transport);
  if (!ring) return std::unexpected(ring.error());
  std::unique_ptr<Worker> worker(
      new Worker(with_sizes(options), shares, std::move(*ring), random, metrics));
  if (const auto ready = worker->transport_.set_up(); !ready) {
    return std::unexpected(ready.error());
  }
  worker->router_.open();
  return worker;
}

Worker::Worker(const WorkerOptions& options, const WorkerShares& shares, ring::Ring ring,
               Random random, WorkerMetrics& metrics)
    : options_(options),
      shares_(shares),
      metrics_(metrics),
      pages_(metrics),
      transport_(options_.transport, std::move(ring), *this, metrics.streams),
      outbox_(options_, transport_, metrics, cost_ns_),
      keepalive_(options_, transport_, outbox_, metrics),
      router_(options_, shares.queues, connections_, transport_, outbox_, keepalive_, metrics),
      handler_(options.handler, shares.budget, random, router_, metrics),
      scrapes_(options_, router_, handler_, metrics),
      inbox_(options_, transport_, outbox_, keepalive_, router_, handler_, scrapes_, metrics,
             cost_ns_) {}

Worker::~Worker() {
  for (std::uint32_t i = 0; i < connections_.size(); ++i) {
    if (connections_[i].stream != nullptr) release(connections_[i]);
  }
}

void Worker::turn_began(std::uint64_t now_ns) {
  now_ns_ = now_ns;
  inbox_.begin_turn(now_ns);
  keepalive_.set_time(now_ns);
  handler_.set_time(shares_.clock.seconds_at(now_ns));
  if (const auto version = shares_.access_list.version(); version != access_list_version_) {
    access_list_version_ = version;
    handler_.set_access_list(shares_.access_list.get());
  }
  handler_.drop_disallowed(torrents_checked_at_once);
}

void Worker::turn_ended() {
  const auto set = [](std::atomic<std::uint64_t>& gauge, std::uint64_t value) {
    gauge.store(value, std::memory_order_relaxed);
  };
  set(metrics_.websockets, websocket_count_);
  set(metrics_.torrents, handler_.swarms().torrent_count());
  set(metrics_.peers, handler_.swarms().peer_count());
  set(metrics_.seeders, handler_.swarms().seeder_count());
  set(metrics_.answers_due, handler_.answers_due());
  router_.offer_evictable();
  is_stopping_ = transport_.stopping();
  if (inbox_.messages_in_turn() == 0) return;
  metrics_.latency.record(options_.transport.streams.clock() - now_ns_, inbox_.messages_in_turn());
}

void Worker::opened(Stream& stream) {
  connections_.grow_beyond(stream.index);
  connections_[stream.index].stream = &stream;
}

std::size_t Worker::take(Stream& stream, Bytes bytes) {
  Connection& connection = connections_[stream.index];
  if (connection.is_websocket) return inbox_.take(connection, bytes);
  const std::size_t used = connection.requests.take(
      bytes, head_, [&](const http1::HeadResult& result, std::span<const char> input) {
        return respond(stream, connection, result, input);
      });
  if (!connection.is_websocket) return used;
  return used + inbox_.take(connection, bytes.subspan(used));
}

http1::RequestReader::Taken Worker::respond(Stream& stream, Connection& connection,
                                            const http1::HeadResult& result,
                                            std::span<const char> input) {
  using enum http1::RequestReader::Taken;
  const auto room = transport_.room(stream, page_response_size_max);
  if (room.empty()) {
    transport_.block(stream);
    return not_yet;
  }
  connection.has_asked = true;
  const bool keep_alive = !transport_.stop_drags_on();
  const http1::Response response =
      result.status != http1::HeadStatus::complete ? pages_.refuse(result.error, input, room)
      : wants_upgrade(head_)
          ? upgrade(stream, connection, room)
          : pages_.respond(head_, transport_.is_secure(stream), keep_alive, room);
  const bool has_turn = transport_.charge(stream, page_cost_ns);
  transport_.write(stream, response.size);
  if (response.close) transport_.finish(stream, CloseReason::answered);
  const bool goes_on = !response.close && !connection.is_websocket && has_turn;
  return goes_on ? one : last;
}

http1::Response Worker::upgrade(Stream& stream, Connection& connection, std::span<std::byte> out) {
  const auto upgrade = parse_upgrade(head_, options_.compression);
  if (!upgrade) return pages_.refuse(upgrade.error(), out);
  if (!options_.origins.allows(head_)) return pages_.refuse(UpgradeError::origin, out);
  const auto client = http1::client_address(head_, stream.client, options_.address_header,
                                            options_.trusted_networks);
  if (!client) return pages_.refuse(client.error(), out);
  if (!transport_.admit(stream, *client)) return {};
  metrics_.count(upgrade->deflate ? WorkerCounter::upgraded_with_deflate : WorkerCounter::upgraded);
  connection.state.address = *client;
  connection.state.deflate = upgrade->deflate;
  begin_websocket(connection);
  return {.size = write_upgrade_response(*upgrade, out)};
}

void Worker::begin_websocket(Connection& connection) {
  connection.is_websocket = true;
  connection.reader = MessageReader({.compression = connection.state.deflate.has_value()});
  keepalive_.begin(connection);
  ++websocket_count_;
}

std::optional<connection::Deadline> Worker::deadline_of(const Stream& stream, bool has_input) {
  const Connection& connection = connections_[stream.index];
  if (connection.is_websocket) {
    // Part of a message takes memory, of which there is not enough to wait for ever.
    const bool has_part = has_input || connection.reader.has_partial_message();
    if (has_part) return connection::Deadline::message;
    const bool is_idle = stream.is_proven() && !connection.has_peers;
    return is_idle ? std::optional(connection::Deadline::no_peers) : std::nullopt;
  }
  if (has_input) return connection::Deadline::request;
  return connection.has_asked ? connection::Deadline::idle : connection::Deadline::first_request;
}

void Worker::handshake_ended(Stream& /*stream*/, connection::Handshake result) {
  using enum connection::Handshake;
  metrics_.count(result == full      ? WorkerCounter::tls_handshake_full
                 : result == resumed ? WorkerCounter::tls_handshake_resumed
                                     : WorkerCounter::tls_failed);
}

std::size_t Worker::refuse_plain_http(std::span<std::byte> out) {
  return pages_.refuse_plain_on_tls(out).size;
}

// Its peers are gone, wherever they are.
void Worker::on_close(Stream& stream) {
  Connection& connection = connections_[stream.index];
  if (connection.moving) metrics_.count(WorkerCounter::dropped_gone);  // to its first announce
  handler_.forget(router_.ref_of(connection));
  router_.forget(connection);
  release(connection);
}

// Nothing is kept of it but that its generation is not used again.
void Worker::release(Connection& connection) {
  Keepalive::remove(connection);
  if (connection.is_websocket) --websocket_count_;
  connection.reader.clear(transport_.input_budget());
  outbox_.clear(connection);
  connection.stream = nullptr;
  ++connection.generation;
  connection.requests = {};
  connection.other_workers = 0;
  connection.has_asked = connection.is_websocket = false;
  connection.awaits_pong = connection.is_pinned = connection.has_peers = false;
  connection.close_reason.reset();
  connection.state = {};
  connection.moving.reset();
}

void Worker::expire(std::uint64_t /*now_ns*/) {
  keepalive_.expire();
  process_messages();
  outbox_.close_slow_readers();
  // When nothing more comes: what was sent before the stop is answered.
  const bool is_quiet = is_stopping_ && inbox_.messages_in_turn() == 0;
  if (is_quiet || transport_.stop_drags_on()) say_goodbye();
}

std::uint64_t Worker::next_due_ns() {
  return handler_.is_dropping() || router_.has_next() ? now_ns_ : keepalive_.next_due_ns();
}

void Worker::say_goodbye() {
  for (; goodbyes_ < connections_.size(); ++goodbyes_) {
    Connection& connection = connections_[goodbyes_];
    const bool is_open = connection.is_websocket && connection.stream->open;
    if (!is_open || connection.close_reason || connection.moving) continue;
    outbox_.send_close(connection, CloseCode::going_away, "the tracker is shutting down",
                       CloseReason::stopped);
  }
  if (websocket_count_ > 0) goodbyes_ = 0;  // of those that have moved here since
}

// As much as a turn has time for, in the order of coming; see expire() for the rest.
void Worker::process_messages() {
  constexpr std::uint64_t turn_cost_max_ns = 5'000'000;
  constexpr std::uint64_t message_cost_ns = 200;
  for (std::uint64_t spent_ns = 0; spent_ns < turn_cost_max_ns; spent_ns += cost_ns_) {
    WorkerMessage* message = router_.next();
    if (message == nullptr) return;
    cost_ns_ = message_cost_ns + message->text.size();
    process(*message);
  }
}

void Worker::process(WorkerMessage& message) {
  using enum WorkerMessage::Kind;
  switch (message.kind) {
    case request:
      return inbox_.take_forwarded({message.connection, message.address}, message.text,
                                   message.offers_max);
    case scrape:
      return scrapes_.pass_on(message.connection, std::move(message.scrape));
    case response: {
      const std::array parts{std::string_view(reinterpret_cast<const char*>(message.text.data()),
                                              message.text.size())};
      return router_.send(message.connection, message.response, parts);
    }
    case probe:
      return router_.probe(message.connection);
    case forget:
      return handler_.forget(message.connection);
    case connection:
      return adopt(*message.moving);
    case evict:
      return transport_.make_room_for_other(message.client_bucket);
  }
}

void Worker::detached(Stream& stream, connection::Moved&& moved) {
  Connection& connection = connections_[stream.index];
  auto moving = std::make_unique<MovingConnection>(
      MovingConnection{.moved = std::move(moved),
                       .state = connection.state,
                       .announce = std::move(*connection.moving)});
  const std::uint32_t owner = moving->announce.owner;
  release(connection);
  router_.move(owner, std::move(moving));
}

void Worker::adopt(MovingConnection& moving) {
  Stream* stream = transport_.adopt(std::move(moving.moved));
  if (stream == nullptr) return metrics_.count(WorkerCounter::dropped_gone);
  connections_.grow_beyond(stream->index);
  Connection& connection = connections_[stream->index];
  connection.stream = stream;
  connection.state = moving.state;
  connection.is_pinned = true;
  begin_websocket(connection);
  keepalive_.prove(connection);  // only those who announce move
  if (!transport_.admit(*stream, connection.state.address)) return;
  const ConnectionRef ref = router_.ref_of(connection);
  inbox_.take_forwarded({ref, connection.state.address}, moving.announce.message,
                        moving.announce.offers_max);
  connection.has_peers = handler_.has_peers(ref);
  transport_.resume(*stream);
}

}  // namespace gyre::ws
