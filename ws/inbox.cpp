#include "ws/inbox.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <variant>

namespace gyre::ws {

using connection::CloseReason;

namespace {

// What handling takes, about: of anything that is said, and for each byte of it.
constexpr std::uint64_t event_cost_ns = 300;
constexpr std::uint64_t unmask_bytes_per_ns = 8;
constexpr std::uint64_t parse_bytes_per_ns = 2;
// A byte that was inflated is dearer than what it takes: it cost its sender next to nothing.
constexpr std::uint64_t inflated_cost_ns_per_byte = 8;
// Small costs are put together.
constexpr std::uint64_t charged_at_once_ns = 16'000;
constexpr std::uint64_t forwarded_offer_cost_ns = 1000;  // of what the other worker has to do

Family family_of(const Connection& connection) {
  return family_in(connection.session.address);
}

}  // namespace

Inbox::Inbox(const WorkerOptions& options, connection::Server& server, Outbox& outbox,
             Keepalive& keepalive, Router& router, Handler& handler, ScrapeRounds& scrapes,
             WorkerMetrics& metrics, std::uint64_t& cost_ns)
    : options_(options),
      server_(server),
      outbox_(outbox),
      keepalive_(keepalive),
      router_(router),
      handler_(handler),
      scrapes_(scrapes),
      metrics_(metrics),
      cost_ns_(cost_ns),
      parser_(message_size_max(), options.config.protocol.max_offers,
              options.config.protocol.max_scrape_torrents),
      request_rate_({.per_second = options.config.limits.requests_per_second_per_address},
                    options.connections.bucket_table),
      scratch_(std::make_unique_for_overwrite<std::byte[]>(message_size_max() + message_padding)),
      inflated_(std::make_unique_for_overwrite<std::byte[]>(message_size_max() + message_padding)) {
}

std::size_t Inbox::take(Connection& connection, std::span<const std::byte> bytes) {
  if (bytes.empty() || connection.session.close_reason) return bytes.size();
  keepalive_.hear(connection);
  // What a reader may need of it at once.
  server_.make_input_room(std::bit_ceil(message_size_max()), connection);
  std::size_t used = 0;
  cost_ns_ = 0;
  while (!connection.is_held() && !connection.session.close_reason) {
    const auto event = connection.session.reader.next(
        bytes.subspan(used), {scratch_.get(), message_size_max() + message_padding},
        server_.input_budget());
    used += event.consumed;
    if (event.event == MessageReader::Event::none) {
      cost_ns_ += event.consumed / parse_bytes_per_ns;  // it may have been frames of nothing
      break;
    }
    cost_ns_ += event_cost_ns + event.consumed / unmask_bytes_per_ns;
    handle(connection, event);
    if (cost_ns_ < charged_at_once_ns) continue;
    if (!server_.charge(connection, std::exchange(cost_ns_, 0))) return used;
  }
  server_.charge(connection, cost_ns_);
  return used;
}

void Inbox::handle(Connection& connection, const MessageReader::Result& event) {
  using enum MessageReader::Event;
  switch (event.event) {
    case none:
      return;
    case pong:
      is_over_rate(connection);  // nobody needs many
      return;
    case message:
      connection::Server::end_message(connection);
      return handle_message(connection, event);
    case ping: {
      if (is_over_rate(connection)) return;
      metrics_.count(WorkerCounter::pings_received);
      const std::array parts{std::string_view(reinterpret_cast<const char*>(event.payload.data()),
                                              event.payload.size())};
      outbox_.send_frame(connection, {.opcode = Opcode::pong, .payload_size = event.payload.size()},
                         parts);
      return;
    }
    case close:
      // The same code goes back (RFC 6455 section 5.5.1).
      return outbox_.send_close(connection, event.code, {}, CloseReason::by_client);
    case invalid:
      return outbox_.send_close(connection, event.code, {}, CloseReason::protocol_error);
    case no_memory:
      return outbox_.send_close(connection, event.code, "no memory for fragmented messages",
                                CloseReason::no_input_memory);
  }
}

// What comes too fast is dropped unread; who goes on with it is closed. What is long is charged
// when its length is known.
bool Inbox::is_over_rate(Connection& connection) {
  constexpr std::uint32_t bursts_max = 10;
  Session& session = connection.session;
  if (session.messages.take(1, now_ns_, options_.config.limits.messages) > 0) {
    session.dropped -= std::min(session.dropped, 1U);
    return false;
  }
  metrics_.count(WorkerCounter::dropped_over_rate);
  if (++session.dropped > bursts_max * options_.config.limits.messages.burst) {
    outbox_.send_close(connection, CloseCode::policy, "too many messages", CloseReason::policy);
  }
  return true;
}

void Inbox::handle_message(Connection& connection, const MessageReader::Result& event) {
  if (is_over_rate(connection)) return;
  ++messages_in_turn_;
  const bool is_binary = event.opcode == Opcode::binary;
  connection.session.relay.earn(event.payload.size());
  if (event.compressed) return handle_compressed(connection, event);
  handle_request(connection, event.payload, is_binary);
}

// A few hundred bytes can inflate to the longest message: what it takes is measured.
void Inbox::handle_compressed(Connection& connection, const MessageReader::Result& event) {
  const auto clock = options_.connections.clock;
  const std::uint64_t began_ns = clock();
  const std::uint64_t cost_before_ns = cost_ns_;
  const auto message =
      inflater_.inflate(event.payload, {inflated_.get(), message_size_max() + message_padding});
  if (message) {
    metrics_.count(WorkerCounter::inflated_from_bytes, event.payload.size());
    metrics_.count(WorkerCounter::inflated_to_bytes, message->size());
    cost_ns_ += inflated_cost_ns_per_byte * message->size();
    handle_request(connection, *message, event.opcode == Opcode::binary);
  } else {
    outbox_.send_close(connection, message.error(), {}, CloseReason::protocol_error);
  }
  cost_ns_ = std::max(cost_ns_, cost_before_ns + (clock() - began_ns));
}

void Inbox::handle_request(Connection& connection, std::span<const std::byte> message,
                           bool is_binary) {
  cost_ns_ += message.size() / parse_bytes_per_ns;
  connection.session.messages.charge(message.size() / message_unit_size,
                                     options_.config.limits.messages);
  const Request request = parser_.parse(message);
  if (const auto* failure = std::get_if<Failure>(&request)) {
    if (failure->not_utf8 && !is_binary) {
      return outbox_.send_close(connection, CloseCode::invalid_payload, "not UTF-8",
                                CloseReason::protocol_error);
    }
    metrics_.count(Counter::request_malformed, family_of(connection));
    metrics_.count(Counter::failure_malformed, family_of(connection));
    return handler_.refuse(router_.ref_of(connection), *failure);
  }
  if (!connection.is_proven) {
    keepalive_.prove(connection);
    server_.prove(connection);
  }
  if (const auto* announce = std::get_if<Announce>(&request)) {
    metrics_.count(Counter::request_announce, family_of(connection));
    if (!may_ask(connection, announce_action, announce->info_hash)) return;
    return route(connection, *announce, message);
  }
  if (const auto* answer = std::get_if<Answer>(&request)) {
    metrics_.count(Counter::request_answer, family_of(connection));
    return route(connection, *answer, message);
  }
  metrics_.count(Counter::request_scrape, family_of(connection));
  if (!may_ask(connection, scrape_action, std::nullopt)) return;
  route(connection, std::get<Scrape>(request));
}

// Whether its address may ask that much; if not, it gets to know.
bool Inbox::may_ask(Connection& connection, std::string_view action,
                    const std::optional<InfoHash>& info_hash) {
  if (request_rate_.take(connection.session.address, now_ns_)) return true;
  metrics_.count(Counter::failure_over_rate, family_of(connection));
  handler_.refuse(router_.ref_of(connection),
                  {.reason = "too many requests from this address or its network",
                   .action = action,
                   .info_hash = info_hash});
  return false;
}

// How many of its offers may go out. The others are not looked at. Offers that find no peer are
// paid for as well: whether they do is another worker's to know.
std::uint32_t Inbox::take_offers(Connection& connection, const Announce& announce) {
  const Family family = family_of(connection);
  const auto offered = static_cast<std::uint32_t>(announce.offers.size());
  metrics_.count(Counter::offers_over_max, family, announce.offer_count - offered);
  const std::uint32_t taken =
      connection.session.offers.take(offered, now_ns_, options_.config.limits.offers);
  metrics_.count(Counter::offers_over_rate, family, offered - taken);
  std::uint32_t paid = 0;
  while (paid < taken && connection.session.relay.spend(relayed_size(announce.offers[paid])))
    ++paid;
  metrics_.count(Counter::offers_over_credit, family, taken - paid);
  return paid;
}

// Whether a connection has any is asked only when that may have changed.
void Inbox::note_peers(Connection& connection, const Announce& announce) {
  const bool may_have_changed =
      !connection.session.has_peers || announce.event == AnnounceEvent::stopped;
  if (!may_have_changed) return;
  const bool is_elsewhere =
      connection.session.other_workers != 0 && announce.event != AnnounceEvent::stopped;
  connection.session.has_peers = is_elsewhere || handler_.has_peers(router_.ref_of(connection));
}

void Inbox::route(Connection& connection, const Announce& announce,
                  std::span<const std::byte> message) {
  const std::uint32_t offers_max = take_offers(connection, announce);
  const std::uint32_t owner = router_.owner_of(announce.info_hash);
  if (owner == options_.index) {
    connection.session.is_pinned = true;
    handler_.announce({router_.ref_of(connection), connection.session.address}, announce,
                      offers_max);
    return note_peers(connection, announce);
  }
  if (may_move(connection)) return begin_move(connection, owner, message, offers_max);
  forward(connection, owner, message, offers_max, announce.info_hash);
  note_peers(connection, announce);
}

void Inbox::route(Connection& connection, const Answer& answer,
                  std::span<const std::byte> message) {
  if (!connection.session.relay.spend(relayed_size(answer.answer))) {
    metrics_.count(Counter::failure_over_credit, family_of(connection));
    return handler_.refuse(router_.ref_of(connection),
                           {.reason = "too much data for what this connection has sent",
                            .action = announce_action,
                            .info_hash = answer.info_hash});
  }
  const std::uint32_t owner = router_.owner_of(answer.info_hash);
  if (owner == options_.index) {
    return handler_.answer({router_.ref_of(connection), connection.session.address}, answer);
  }
  forward(connection, owner, message, 0, answer.info_hash);
}

void Inbox::route(Connection& connection, const Scrape& scrape) {
  if (scrape.all) {
    metrics_.count(Counter::failure_malformed, family_of(connection));
    return handler_.refuse(router_.ref_of(connection),
                           {.reason = "a scrape needs an info_hash", .action = scrape_action});
  }
  scrapes_.begin(connection, scrape);
}

void Inbox::take_forwarded(const Sender& sender, std::span<const std::byte> text,
                           std::uint32_t offers_max) {
  ++messages_in_turn_;
  const Request request = parser_.parse(text.first(text.size() - message_padding));
  if (const auto* announce = std::get_if<Announce>(&request)) {
    handler_.announce(sender, *announce, offers_max);
  } else if (const auto* answer = std::get_if<Answer>(&request)) {
    handler_.answer(sender, *answer);
  }
}

void Inbox::forward(Connection& connection, std::uint32_t owner, std::span<const std::byte> message,
                    std::uint32_t offers_max, const InfoHash& info_hash) {
  cost_ns_ += message.size() + offers_max * forwarded_offer_cost_ns;
  if (router_.forward(connection, owner, message, offers_max)) return;
  metrics_.count(Counter::failure_busy, family_of(connection));
  handler_.refuse(
      router_.ref_of(connection),
      {.reason = "the tracker is too busy", .action = announce_action, .info_hash = info_hash});
}

// What is said about it elsewhere would not find it any more.
bool Inbox::may_move(const Connection& connection) const {
  return !connection.session.is_pinned && connection.session.unsent.empty() && !server_.stopping();
}

void Inbox::begin_move(Connection& connection, std::uint32_t owner,
                       std::span<const std::byte> message, std::uint32_t offers_max) {
  connection.session.moving =
      std::make_unique<WorkerMessage>(WorkerMessage{.kind = WorkerMessage::Kind::connection,
                                                    .connection = {.worker = owner},
                                                    .offers_max = offers_max,
                                                    .text = padded(message)});
  Keepalive::remove(connection);
  server_.detach(connection);
}

}  // namespace gyre::ws
