#include "ws/worker.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/check.hpp"

namespace gyre::ws {

using connection::CloseReason;
using connection::Stream;

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

WorkerCounter counter_of(CloseCode code) {
  switch (code) {
    case CloseCode::going_away:
      return WorkerCounter::closes_going_away;
    case CloseCode::protocol_error:
      return WorkerCounter::closes_protocol_error;
    case CloseCode::unsupported:
      return WorkerCounter::closes_unsupported;
    case CloseCode::invalid_payload:
      return WorkerCounter::closes_invalid_payload;
    case CloseCode::policy:
      return WorkerCounter::closes_policy;
    case CloseCode::too_big:
      return WorkerCounter::closes_too_big;
    case CloseCode::internal:
      return WorkerCounter::closes_internal;
    case CloseCode::try_again_later:
      return WorkerCounter::closes_try_again_later;
    default:
      return WorkerCounter::closes_normal;
  }
}

}  // namespace

std::expected<std::unique_ptr<Worker>, std::string> Worker::create(const WorkerOptions& options,
                                                                   const WorkerShares& shares,
                                                                   Random random,
                                                                   WorkerMetrics& metrics) {
  std::unique_ptr<Worker> worker(new Worker(options, shares, random, metrics));
  auto transport =
      connection::Transport::create(worker->options_.transport, *worker, metrics.streams);
  if (!transport) return std::unexpected(transport.error());
  worker->transport_ = std::move(*transport);
  shares.exchange.open(options.index, worker->transport_->ring_id());
  return worker;
}

Worker::Worker(const WorkerOptions& options, const WorkerShares& shares, Random random,
               WorkerMetrics& metrics)
    : options_(with_sizes(options)),
      shares_(shares),
      metrics_(metrics),
      pages_(metrics),
      handler_(options.handler, shares.budget, random, *this, metrics),
      unproven_(options.first_announce_time_max_ns),
      silent_(options.ping_interval_ns),
      pinged_(options.pong_time_max_ns),
      unsent_budget_{options.unsent_memory},
      parser_(options.message_size_max, options.handler.max_offers, options.max_scrape_torrents),
      scratch_(
          std::make_unique_for_overwrite<std::byte[]>(options.message_size_max + message_padding)),
      inflated_(
          std::make_unique_for_overwrite<std::byte[]>(options.message_size_max + message_padding)),
      deflated_(std::make_unique_for_overwrite<std::byte[]>(options.message_size_max)),
      scrape_reply_(scrape_reply_frame_size_max +
                    options.max_scrape_torrents * scrape_row_size_max) {}

Worker::~Worker() {
  for (std::uint32_t i = 0; i < connections_.size(); ++i) {
    if (connections_[i].stream != nullptr) release(connections_[i]);
  }
}

void Worker::turn_began(std::uint64_t now_ns) {
  now_ns_ = now_ns;
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
  shares_.exchange.offer(options_.index, transport_->evictable());
  is_stopping_ = transport_->stopping();
  if (messages_in_turn_ == 0) return;
  metrics_.latency.record(options_.transport.streams.clock() - now_ns_, messages_in_turn_);
  messages_in_turn_ = 0;
}

void Worker::opened(Stream& stream) {
  connections_.grow_beyond(stream.index);
  connections_[stream.index].stream = &stream;
}

std::size_t Worker::take(Stream& stream, Bytes bytes) {
  Connection& connection = connections_[stream.index];
  if (connection.is_websocket) return take_frames(stream, connection, bytes);
  const std::size_t used = take_requests(stream, connection, bytes);
  if (!stream.open || !connection.is_websocket) return used;
  return used + take_frames(stream, connection, bytes.subspan(used));
}

std::size_t Worker::take_requests(Stream& stream, Connection& connection, Bytes bytes) {
  return connection.requests.take(
      bytes, head_, [&](const http1::HeadResult& result, std::span<const char> input) {
        return respond(stream, connection, result, input);
      });
}

http1::RequestReader::Taken Worker::respond(Stream& stream, Connection& connection,
                                            const http1::HeadResult& result,
                                            std::span<const char> input) {
  using enum http1::RequestReader::Taken;
  const auto room = transport_->room(stream, page_response_size_max);
  if (room.empty()) {
    transport_->block(stream);
    return not_yet;
  }
  connection.has_asked = true;
  const bool keep_alive = !transport_->stop_drags_on();
  const http1::Response response =
      result.status != http1::HeadStatus::complete ? pages_.refuse(result.error, input, room)
      : wants_upgrade(head_)
          ? upgrade(stream, connection, room)
          : pages_.respond(head_, transport_->is_secure(stream), keep_alive, room);
  if (!stream.open) return last;
  const bool has_turn = transport_->charge(stream, page_cost_ns);
  if (!transport_->write(stream, response.size)) return last;
  if (response.close) transport_->finish(stream, CloseReason::answered);
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
  if (!transport_->admit(stream, *client)) return {};
  metrics_.count(upgrade->deflate ? WorkerCounter::upgraded_with_deflate : WorkerCounter::upgraded);
  connection.state.address = *client;
  connection.state.deflate = upgrade->deflate;
  begin_websocket(connection);
  return {.size = write_upgrade_response(*upgrade, out)};
}

void Worker::begin_websocket(Connection& connection) {
  connection.is_websocket = true;
  connection.reader = MessageReader({.compression = connection.state.deflate.has_value()});
  unproven_.append(connection, now_ns_);
  ++websocket_count_;
}

void Worker::prove(Connection& connection) {
  if (std::exchange(connection.is_proven, true)) return;
  connection::DeadlineList::remove(connection);
  silent_.append(connection, now_ns_);
  transport_->prove(*connection.stream);
}

std::optional<connection::Deadline> Worker::deadline_of(const Stream& stream, bool has_input) {
  const Connection& connection = connections_[stream.index];
  if (connection.is_websocket) {
    // Part of a message takes memory, of which there is not enough to wait for ever.
    const bool has_part = has_input || connection.reader.has_part();
    if (has_part) return connection::Deadline::message;
    const bool is_idle = connection.is_proven && !connection.has_peers;
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

// Its peers are gone at once, wherever they are.
void Worker::closed(Stream& stream) {
  Connection& connection = connections_[stream.index];
  const ConnectionRef ref = ref_of(connection);
  if (connection.moving) metrics_.count(WorkerCounter::dropped_gone);  // to its first announce
  handler_.forget(ref);
  for (std::uint32_t worker = 0; worker < shares_.exchange.worker_count(); ++worker) {
    if (worker == options_.index || (connection.other_workers >> worker % 64 & 1) == 0) continue;
    post(worker, {.kind = Mail::Kind::forget, .connection = ref});
  }
  release(connection);
}

// Nothing is kept of it but that its serial is not used again.
void Worker::release(Connection& connection) {
  connection::DeadlineList::remove(connection);
  if (connection.is_websocket) --websocket_count_;
  connection.reader.clear(transport_->input_budget());
  connection.unsent.clear(unsent_budget_);
  connection.stream = nullptr;
  ++connection.serial;
  connection.requests = {};
  connection.other_workers = 0;
  connection.has_asked = connection.is_websocket = false;
  connection.awaits_pong = connection.has_stayed = false;
  connection.is_proven = connection.has_peers = false;
  connection.ends_for.reset();
  connection.state = {};
  connection.moving.reset();
}

void Worker::expire(std::uint64_t now_ns) {
  const auto each_due = [now_ns](connection::DeadlineList& list, auto act) {
    for (auto* link = list.oldest(); link != nullptr && link->due_ns <= now_ns;
         link = list.oldest()) {
      act(static_cast<Connection&>(*link));
    }
  };
  each_due(pinged_, [this](Connection& connection) {
    transport_->close(*connection.stream, CloseReason::no_pong, true);
  });
  each_due(silent_, [this](Connection& connection) { send_ping(connection); });
  each_due(unproven_, [this](Connection& connection) {
    end(*connection.stream, CloseCode::policy, "no announce in time", CloseReason::no_announce);
  });
  handle_mails();
  // Lest some who hardly read keep all memory for what waits, and others lose their messages.
  const std::size_t reserve = options_.unsent_memory / 16;
  while (unsent_budget_.free_size < reserve && transport_->close_slowest_reader()) continue;
  // When nothing more comes: what was sent before the stop is answered.
  const bool is_quiet = is_stopping_ && messages_in_turn_ == 0;
  if (is_quiet || transport_->stop_drags_on()) say_goodbye();
}

std::uint64_t Worker::next_due_ns() {
  if (handler_.is_dropping() || next_mail_ < mails_.size()) return now_ns_;
  std::uint64_t due_ns = ~std::uint64_t{0};
  for (connection::DeadlineList* list : {&unproven_, &silent_, &pinged_}) {
    if (const auto* link = list->oldest()) due_ns = std::min(due_ns, link->due_ns);
  }
  return due_ns;
}

// Says why, and that nothing follows; when what is under way has gone.
void Worker::end(Stream& stream, CloseCode code, std::string_view reason, CloseReason why) {
  Connection& connection = connections_[stream.index];
  metrics_.count(counter_of(code));
  connection::DeadlineList::remove(connection);
  std::array<std::byte, close_frame_size_max> frame;
  const auto bytes = std::span(frame).first(write_close_frame(code, reason, frame));
  const auto room =
      connection.unsent.empty() ? transport_->room(stream, bytes.size()) : std::span<std::byte>{};
  if (room.empty() && connection.unsent.append(bytes, unsent_budget_)) {
    connection.ends_for = why;
    if (!transport_->has_output(stream)) transport_->wait_until_writable(stream);
    return;
  }
  if (!room.empty()) {
    std::ranges::copy(bytes, room.begin());
    if (!transport_->write(stream, bytes.size())) return;
  }
  transport_->finish(stream, why);
}

void Worker::say_goodbye() {
  for (; goodbyes_ < connections_.size(); ++goodbyes_) {
    Connection& connection = connections_[goodbyes_];
    const bool is_open = connection.is_websocket && connection.stream->open;
    if (!is_open || connection.ends_for || connection.moving) continue;
    end(*connection.stream, CloseCode::going_away, "the tracker is shutting down",
        CloseReason::stopped);
  }
  if (websocket_count_ > 0) goodbyes_ = 0;  // of those that have moved here since
}

}  // namespace gyre::ws
