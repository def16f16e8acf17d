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
  connection::Options& connections = options.connections;
  connections.receive_buffer_size = receive_buffer_size;
  connections.send_slot_size = send_slot_size;
  connections.talks_to_others = true;
  connections.write_size_max = write_size_max;
  connections.stored_size_max = http1::head_size_max;
  return options;
}

}  // namespace

std::expected<std::unique_ptr<Worker>, std::string> Worker::create(const WorkerOptions& options,
                                                                   Random random,
                                                                   WorkerMetrics& metrics) {
  auto ring = connection::Server::create_ring(options.connections);
  if (!ring) return std::unexpected(ring.error());
  std::unique_ptr<Worker> worker(
      new Worker(with_sizes(options), std::move(*ring), random, metrics));
  if (const auto ready = worker->server_.set_up(); !ready) {
    return std::unexpected(ready.error());
  }
  worker->router_.open();
  return worker;
}

Worker::Worker(const WorkerOptions& options, ring::Ring ring, Random random, WorkerMetrics& metrics)
    : options_(options),
      metrics_(metrics),
      server_(options_.connections, std::move(ring), connection::ConnectionTable::of<Session>(),
              *this, metrics.streams),
      outbox_(options_, server_, metrics, cost_ns_),
      keepalive_(options_, server_, outbox_, metrics),
      router_(options_, *options.queues, server_, outbox_, keepalive_, metrics),
      swarms_(options.hash_secret, options.config.limits, options.peer_addresses, *options.budget),
      expected_answers_(options.hash_secret, options.config.max_offer_age, options.offer_count_max),
      handler_(options_.config.protocol, swarms_, expected_answers_, random, router_, metrics),
      scrapes_(options_, router_, handler_, metrics),
      inbox_(options_, server_, outbox_, keepalive_, router_, handler_, scrapes_, metrics,
             cost_ns_) {}

Worker::~Worker() {
  for (std::uint32_t i = 0; i < server_.connections().size(); ++i) {
    release(static_cast<Connection&>(server_.connections()[i]));
  }
}

void Worker::on_turn_begin(std::uint64_t now_ns) {
  now_ns_ = now_ns;
  inbox_.begin_turn(now_ns);
  keepalive_.set_time(now_ns);
  handler_.set_time(options_.clock->seconds_at(now_ns));
  if (auto list = options_.access_list->get_if_newer(access_list_version_)) {
    handler_.set_access_list(std::move(list));
  }
  if (const auto* interval = options_.announce_interval) {
    handler_.set_announce_interval(interval->load(std::memory_order_relaxed));
  }
  if (const auto* deny_lists = options_.connections.deny_lists) {
    auto lists = deny_lists->get_if_newer(deny_lists_version_);
    if (lists) handler_.set_deny_lists(std::move(lists));
  }
  handler_.drop_disallowed(torrents_checked_at_once);
}

void Worker::on_turn_end() {
  const auto set = [](std::atomic<std::uint64_t>& gauge, std::uint64_t value) {
    gauge.store(value, std::memory_order_relaxed);
  };
  set(metrics_.websockets, websocket_count_);
  set(metrics_.torrents, handler_.swarms().torrent_count());
  set(metrics_.peers, handler_.swarms().peer_count());
  set(metrics_.seeders, handler_.swarms().seeder_count());
  set(metrics_.answers_due, handler_.answers_due());
  router_.offer_evictable();
  is_stopping_ = server_.stopping();
  if (inbox_.messages_in_turn() == 0) return;
  metrics_.latency.record(options_.connections.clock() - now_ns_, inbox_.messages_in_turn());
}

std::size_t Worker::take(ConnectionBase& base, connection::Bytes bytes) {
  auto& connection = static_cast<Connection&>(base);
  Session& session = connection.session;
  if (session.is_websocket()) return inbox_.take(connection, bytes);
  const std::size_t used = session.requests.take(
      bytes, head_, [&](const http1::HeadSize& parsed, std::span<const char> input) {
        return respond(connection, parsed, input);
      });
  if (!session.is_websocket() || !connection.is_open()) return used;
  return used + inbox_.take(connection, bytes.subspan(used));
}

http1::RequestReader::Taken Worker::respond(Connection& connection, const http1::HeadSize& parsed,
                                            std::span<const char> input) {
  using enum http1::RequestReader::Taken;
  const auto room = server_.room(connection, page_response_size_max);
  if (room.empty()) {
    server_.block(connection);
    return not_yet;
  }
  connection.session.has_asked = true;
  const bool keep_alive = !server_.stop_drags_on();
  const http1::Response response =
      !parsed ? write_refusal(parsed.error(), input, metrics_, room)
      : wants_upgrade(head_)
          ? upgrade(connection, room)
          : write_page(head_, connection.is_secure(), keep_alive, metrics_, room);
  const bool has_turn = server_.charge(connection, page_cost_ns);
  server_.write(connection, response.size);
  if (response.close) server_.finish(connection, CloseReason::answered);
  const bool goes_on = !response.close && !connection.session.is_websocket() && has_turn;
  return goes_on ? one : last;
}

http1::Response Worker::upgrade(Connection& connection, std::span<std::byte> out) {
  const auto upgrade = parse_upgrade(head_, options_.config.enable_compression);
  if (!upgrade) return write_refusal(upgrade.error(), metrics_, out);
  if (!options_.config.origins.allows(head_))
    return write_refusal(UpgradeError::origin, metrics_, out);
  const auto client = http1::client_address(head_, connection.client, options_.address_header,
                                            options_.trusted_networks);
  if (!client) return write_refusal(client.error(), metrics_, out);
  const auto& [networks, peer_ids, user_agents] = handler_.deny_lists();
  if (networks.contains(*client)) {
    return write_refusal(UpgradeError::denied_network, metrics_, out);
  }
  const auto user_agent = http1::find_header(head_, "User-Agent");
  if (user_agent && user_agents.contains_prefix_of(*user_agent)) {
    return write_refusal(UpgradeError::denied_user_agent, metrics_, out);
  }
  if (!server_.admit(connection, *client)) return {};
  metrics_.count(upgrade->deflate_window_bits > 0 ? WorkerCounter::upgraded_with_deflate
                                                  : WorkerCounter::upgraded);
  connection.session.address = *client;
  connection.session.deflate_window_bits = upgrade->deflate_window_bits;
  begin_websocket(connection);
  return {.size = write_upgrade_response(*upgrade, out)};
}

void Worker::begin_websocket(Connection& connection) {
  connection.session.connection = &connection;
  connection.session.reader = MessageReader::for_server(connection.session.deflate_window_bits > 0);
  keepalive_.begin(connection);
  ++websocket_count_;
}

std::optional<connection::Deadline> Worker::deadline_of(const ConnectionBase& base,
                                                        bool has_input) {
  const Session& session = session_of<Session>(base);
  if (session.is_websocket()) {
    // Part of a message takes memory, of which there is not enough to wait for ever.
    const bool has_part = has_input || session.reader.has_partial_message();
    if (has_part) return connection::Deadline::message;
    const bool is_idle = base.is_proven && !session.has_peers;
    return is_idle ? std::optional(connection::Deadline::no_peers) : std::nullopt;
  }
  if (has_input) return connection::Deadline::request;
  return session.has_asked ? connection::Deadline::idle : connection::Deadline::first_request;
}

std::size_t Worker::refuse_plain_http(std::span<std::byte> out) {
  return write_plain_on_tls_refusal(metrics_, out).size;
}

// Its peers are gone, wherever they are.
void Worker::on_close(ConnectionBase& base) {
  auto& connection = static_cast<Connection&>(base);
  if (connection.session.moving) metrics_.count(WorkerCounter::dropped_gone);  // first announce
  handler_.forget(router_.ref_of(connection));
  router_.forget(connection);
  release(connection);
}

void Worker::release(Connection& connection) {
  Keepalive::remove(connection);
  outbox_.clear(connection);
  connection.session.reader.clear(server_.input_budget());
  if (connection.session.is_websocket()) --websocket_count_;
  connection.session = {};
}

void Worker::on_timer() {
  keepalive_.expire();
  process_messages();
  outbox_.close_slow_readers();
  // When nothing more comes: what was sent before the stop is answered.
  const bool is_quiet = is_stopping_ && inbox_.messages_in_turn() == 0;
  if (is_quiet || server_.stop_drags_on()) say_goodbye();
}

std::uint64_t Worker::next_due_ns() {
  return handler_.is_dropping() || router_.has_next() ? now_ns_ : keepalive_.next_due_ns();
}

void Worker::say_goodbye() {
  const connection::ConnectionTable& connections = server_.connections();
  for (; goodbyes_ < connections.size(); ++goodbyes_) {
    auto& connection = static_cast<Connection&>(connections[goodbyes_]);
    const Session& session = connection.session;
    const bool is_open = connection.is_open() && session.is_websocket();
    if (!is_open || session.close_reason || session.moving) continue;
    outbox_.send_close(connection, CloseCode::going_away, "the tracker is shutting down",
                       CloseReason::stopped);
  }
  if (websocket_count_ > 0) goodbyes_ = 0;  // of those that have moved here since
}

// As much as a turn has time for, in the order of coming; see on_timer() for the rest.
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
      return router_.send(message.connection, message.counts_as, parts);
    }
    case probe:
      return router_.probe(message.connection);
    case forget:
      return handler_.forget(message.connection);
    case connection:
      return adopt(message);
    case evict:
      return server_.evict_for_other(message.client_bucket);
  }
}

void Worker::on_detached(ConnectionBase& base, connection::Detached&& detached) {
  auto& connection = static_cast<Connection&>(base);
  Keepalive::remove(connection);
  connection.session.reader.clear(server_.input_budget());
  DCHECK(connection.session.moving);
  WorkerMessage message = std::move(*std::exchange(connection.session.moving, nullptr));
  message.detached = std::make_unique<connection::Detached>(std::move(detached));
  message.session = std::make_unique<Session>(std::move(connection.session));
  --websocket_count_;
  connection.session = {};
  router_.move(std::move(message));
}

void Worker::adopt(WorkerMessage& message) {
  DCHECK(message.connection.worker == options_.index);
  ConnectionBase* base = server_.adopt(std::move(*message.detached));
  if (base == nullptr) return metrics_.count(WorkerCounter::dropped_gone);
  auto& connection = static_cast<Connection&>(*base);
  connection.session = std::move(*message.session);
  connection.session.is_pinned = true;
  connection.session.awaits_pong = false;
  begin_websocket(connection);
  keepalive_.prove(connection);  // only those who announce move
  if (!server_.admit(connection, connection.session.address)) return;
  const ConnectionRef ref = router_.ref_of(connection);
  inbox_.take_forwarded({ref, connection.session.address}, message.text, message.offers_max);
  connection.session.has_peers = handler_.has_peers(ref);
  server_.resume(connection);
}

}  // namespace gyre::ws
