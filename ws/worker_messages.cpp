// What comes over WebSockets: a part of Worker.
#include <algorithm>
#include <bit>
#include <utility>
#include <variant>

#include "ws/worker.hpp"

namespace gyre::ws {

using connection::CloseReason;
using connection::Stream;

namespace {

// What handling takes, about: of anything that is said, and for each byte of it.
constexpr std::uint64_t event_cost_ns = 300;
constexpr std::uint64_t unmask_bytes_per_ns = 8;
constexpr std::uint64_t parse_bytes_per_ns = 2;
// A byte that was inflated is dearer than what it takes: it cost its sender next to nothing.
constexpr std::uint64_t inflated_cost_ns_per_byte = 8;
// Small costs are put together.
constexpr std::uint64_t charged_at_once_ns = 16'000;

}  // namespace

std::size_t Worker::take_frames(Stream& stream, Connection& connection, Bytes bytes) {
  if (bytes.empty() || connection.ends_for) return bytes.size();
  connection.awaits_pong = false;
  if (connection.is_proven) {
    connection::DeadlineList::remove(connection);
    silent_.append(connection, now_ns_);
  }
  // What a reader may need of it at once.
  transport_->make_input_room(std::bit_ceil(options_.message_size_max), stream);
  std::size_t used = 0;
  cost_ns_ = 0;
  while (!transport_->is_held(stream) && !connection.ends_for) {
    const auto event = connection.reader.next(
        bytes.subspan(used), {scratch_.get(), options_.message_size_max + message_padding},
        transport_->input_budget());
    used += event.consumed;
    if (event.event == MessageReader::Event::none) {
      cost_ns_ += event.consumed / parse_bytes_per_ns;  // it may have been frames of nothing
      break;
    }
    cost_ns_ += event_cost_ns + event.consumed / unmask_bytes_per_ns;
    handle(stream, connection, event);
    if (cost_ns_ < charged_at_once_ns) continue;
    if (!transport_->charge(stream, std::exchange(cost_ns_, 0))) return used;
  }
  transport_->charge(stream, cost_ns_);
  return used;
}

void Worker::handle(Stream& stream, Connection& connection, const MessageReader::Result& event) {
  using enum MessageReader::Event;
  switch (event.event) {
    case none:
      return;
    case pong:
      is_over_rate(stream, connection);  // nobody needs many
      return;
    case message:
      transport_->message_ended(stream);
      return handle_message(stream, connection, event);
    case ping: {
      if (is_over_rate(stream, connection)) return;
      metrics_.count(WorkerCounter::pings_received);
      const std::array parts{std::string_view(reinterpret_cast<const char*>(event.payload.data()),
                                              event.payload.size())};
      send_frame(connection, {.opcode = Opcode::pong, .payload_size = event.payload.size()}, parts);
      return;
    }
    case close:
      // The same code goes back (RFC 6455 section 5.5.1).
      return end(stream, event.code, {}, CloseReason::by_client);
    case invalid:
      return end(stream, event.code, {}, CloseReason::protocol_error);
    case no_memory:
      return end(stream, event.code, "no memory for fragmented messages",
                 CloseReason::no_input_memory);
  }
}

// What comes too fast is dropped unread; who goes on with it is closed. What is long is charged
// when its length is known.
bool Worker::is_over_rate(Stream& stream, Connection& connection) {
  constexpr std::uint32_t bursts_max = 10;
  ConnectionState& state = connection.state;
  if (state.messages.take(1, now_ns_, options_.message_rate) > 0) {
    state.dropped -= std::min(state.dropped, 1U);
    return false;
  }
  metrics_.count(WorkerCounter::dropped_over_rate);
  if (++state.dropped > bursts_max * options_.message_rate.burst) {
    end(stream, CloseCode::policy, "too many messages", CloseReason::policy);
  }
  return true;
}

void Worker::handle_message(Stream& stream, Connection& connection,
                            const MessageReader::Result& event) {
  if (is_over_rate(stream, connection)) return;
  ++messages_in_turn_;
  const bool is_binary = event.opcode == Opcode::binary;
  connection.state.relay.earn(event.payload.size());
  if (event.compressed) return handle_compressed(stream, connection, event);
  handle_request(connection, event.payload, is_binary);
}

// A few hundred bytes can inflate to the longest message: what it takes is measured.
void Worker::handle_compressed(Stream& stream, Connection& connection,
                               const MessageReader::Result& event) {
  const auto clock = options_.transport.streams.clock;
  const std::uint64_t began_ns = clock();
  const std::uint64_t cost_before_ns = cost_ns_;
  const auto message = inflater_.inflate(
      event.payload, {inflated_.get(), options_.message_size_max + message_padding});
  if (message) {
    metrics_.count(WorkerCounter::inflated_from_bytes, event.payload.size());
    metrics_.count(WorkerCounter::inflated_to_bytes, message->size());
    cost_ns_ += inflated_cost_ns_per_byte * message->size();
    handle_request(connection, *message, event.opcode == Opcode::binary);
  } else {
    const bool is_too_big = message.error() == InflateError::too_big;
    end(stream, is_too_big ? CloseCode::too_big : CloseCode::invalid_payload, {},
        CloseReason::protocol_error);
  }
  cost_ns_ = std::max(cost_ns_, cost_before_ns + (clock() - began_ns));
}

void Worker::handle_request(Connection& connection, std::span<const std::byte> message,
                            bool is_binary) {
  cost_ns_ += message.size() / parse_bytes_per_ns;
  connection.state.messages.charge(message.size() / message_unit_size, options_.message_rate);
  const Request request = parser_.parse(message);
  if (const auto* failure = std::get_if<ParseFailure>(&request)) {
    if (failure->not_utf8 && !is_binary) {
      return end(*connection.stream, CloseCode::invalid_payload, "not UTF-8",
                 CloseReason::protocol_error);
    }
    metrics_.count(Counter::request_malformed, family_of(connection));
    metrics_.count(Counter::failure_malformed, family_of(connection));
    return handler_.refuse(ref_of(connection), *failure);
  }
  prove(connection);
  if (const auto* announce = std::get_if<Announce>(&request)) {
    metrics_.count(Counter::request_announce, family_of(connection));
    return route(connection, *announce, message);
  }
  if (const auto* answer = std::get_if<Answer>(&request)) {
    metrics_.count(Counter::request_answer, family_of(connection));
    return route(connection, *answer, message);
  }
  metrics_.count(Counter::request_scrape, family_of(connection));
  route(connection, std::get<Scrape>(request));
}

std::uint32_t Worker::owner_of(const InfoHash& info_hash) const {
  const std::uint32_t count = shares_.exchange.worker_count();
  if (count == 1) return 0;
  const std::uint64_t hash =
      swarm::keyed_hash(options_.handler.swarms.secret, std::span(info_hash.bytes));
  return static_cast<std::uint32_t>((hash >> 32) * count >> 32);
}

// How many of its offers may go out. The others are not looked at. Offers that find no peer are
// paid for as well: whether they do is another worker's to know.
std::uint32_t Worker::take_offers(Connection& connection, const Announce& announce) {
  const Family family = family_of(connection);
  const auto offered = static_cast<std::uint32_t>(announce.offers.size());
  metrics_.count(Counter::offers_over_max, family, announce.offer_count - offered);
  const std::uint32_t taken = connection.state.offers.take(offered, now_ns_, options_.offer_rate);
  metrics_.count(Counter::offers_over_rate, family, offered - taken);
  std::uint32_t paid = 0;
  while (paid < taken && connection.state.relay.spend(relayed_size(announce.offers[paid]))) ++paid;
  metrics_.count(Counter::offers_over_credit, family, taken - paid);
  return paid;
}

// Whether a connection has any is asked only when that may have changed.
void Worker::note_peers(Connection& connection, const Announce& announce) {
  const bool may_have_changed = !connection.has_peers || announce.event == AnnounceEvent::stopped;
  if (!may_have_changed) return;
  const bool is_elsewhere =
      connection.other_workers != 0 && announce.event != AnnounceEvent::stopped;
  connection.has_peers = is_elsewhere || handler_.has_peers(ref_of(connection));
}

void Worker::route(Connection& connection, const Announce& announce,
                   std::span<const std::byte> message) {
  const std::uint32_t offers_max = take_offers(connection, announce);
  const std::uint32_t owner = owner_of(announce.info_hash);
  if (owner == options_.index) {
    connection.has_stayed = true;
    handler_.announce({ref_of(connection), connection.state.address}, announce, offers_max);
    return note_peers(connection, announce);
  }
  if (may_move(connection)) return begin_move(connection, owner, message, offers_max);
  forward(connection, owner, message, offers_max, announce.info_hash);
  note_peers(connection, announce);
}

void Worker::route(Connection& connection, const Answer& answer,
                   std::span<const std::byte> message) {
  if (!connection.state.relay.spend(relayed_size(answer.answer))) {
    metrics_.count(Counter::failure_over_credit, family_of(connection));
    return handler_.refuse(ref_of(connection),
                           {.reason = "too much data for what this connection has sent",
                            .action = Action::announce,
                            .info_hash = answer.info_hash});
  }
  const std::uint32_t owner = owner_of(answer.info_hash);
  if (owner == options_.index) {
    return handler_.answer({ref_of(connection), connection.state.address}, answer);
  }
  forward(connection, owner, message, 0, answer.info_hash);
}

void Worker::route(Connection& connection, const Scrape& scrape) {
  if (scrape.all) {
    metrics_.count(Counter::failure_malformed, family_of(connection));
    return handler_.refuse(ref_of(connection),
                           {.reason = "a scrape needs an info_hash", .action = Action::scrape});
  }
  const bool is_local = std::ranges::all_of(scrape.info_hashes, [this](const InfoHash& info_hash) {
    return owner_of(info_hash) == options_.index;
  });
  if (is_local) {
    ScrapeReplyWriter reply(scrape_reply_);
    for (const InfoHash& info_hash : scrape.info_hashes) {
      reply.row(info_hash, handler_.scrape(info_hash));
    }
    return send_reply(ref_of(connection), reply);
  }
  connection.has_stayed = true;
  auto round = std::make_unique<ScrapeRound>();
  round->family = family_of(connection);
  round->is_list = scrape.is_list;
  round->info_hashes.assign(scrape.info_hashes.begin(), scrape.info_hashes.end());
  round->rows.resize(scrape.info_hashes.size());
  pass_on(ref_of(connection), std::move(round));
}

}  // namespace gyre::ws
