// What workers tell each other: a part of Worker.
#include <algorithm>
#include <array>
#include <utility>

#include "ws/worker.hpp"

namespace gyre::ws {

using connection::Stream;

namespace {

constexpr std::uint64_t forwarded_offer_cost_ns = 1000;

// A message that is kept for another worker's Parser.
std::vector<std::byte> padded(std::span<const std::byte> message) {
  std::vector<std::byte> copy;
  copy.reserve(message.size() + message_padding);
  copy.assign(message.begin(), message.end());
  copy.resize(message.size() + message_padding);
  return copy;
}

}  // namespace

bool Worker::post(std::uint32_t worker, Mail&& mail) {
  const Posted posted = shares_.exchange.post(worker, std::move(mail));
  if (posted.to_wake) transport_->wake(*posted.to_wake);
  return posted.accepted;
}

void Worker::woken() {
  handle_mails();
}

bool Worker::make_room_elsewhere(std::uint16_t client_bucket) {
  const auto worker = shares_.exchange.who_can_evict_for(client_bucket);
  return worker && *worker != options_.index &&
         post(*worker, {.kind = Mail::Kind::evict, .client_bucket = client_bucket});
}

// As much as a turn has time for, in the order of coming; see expire() for the rest.
void Worker::handle_mails() {
  constexpr std::uint64_t turn_cost_max_ns = 5'000'000;
  constexpr std::uint64_t mail_cost_ns = 200;
  for (std::uint64_t spent_ns = 0; spent_ns < turn_cost_max_ns; spent_ns += cost_ns_) {
    if (next_mail_ == mails_.size()) {
      mails_.clear();
      next_mail_ = 0;
      if (!shares_.exchange.take(options_.index, mails_)) return;
    }
    cost_ns_ = mail_cost_ns + mails_[next_mail_].text.size();
    handle_mail(mails_[next_mail_++]);
  }
}

void Worker::handle_mail(Mail& mail) {
  using enum Mail::Kind;
  switch (mail.kind) {
    case request:
      return handle_forwarded({mail.connection, mail.address}, mail.text, mail.offers_max);
    case scrape:
      return pass_on(mail.connection, std::move(mail.scrape));
    case response: {
      const std::array parts{
          std::string_view(reinterpret_cast<const char*>(mail.text.data()), mail.text.size())};
      return send(mail.connection, mail.response, parts);
    }
    case probe:
      return this->probe(mail.connection);
    case forget:
      return handler_.forget(mail.connection);
    case connection:
      return adopt(*mail.moving);
    case evict:
      return transport_->make_room_for_other(mail.client_bucket);
  }
}

// It was parsed where it came from, so it is an announce or answer of a torrent of this worker.
void Worker::handle_forwarded(const Sender& sender, std::span<const std::byte> text,
                              std::uint32_t offers_max) {
  ++messages_in_turn_;
  const Request request = parser_.parse(text.first(text.size() - message_padding));
  if (const auto* announce = std::get_if<Announce>(&request)) {
    handler_.announce(sender, *announce, offers_max);
  } else if (const auto* answer = std::get_if<Answer>(&request)) {
    handler_.answer(sender, *answer);
  }
}

void Worker::forward(Connection& connection, std::uint32_t owner,
                     std::span<const std::byte> message, std::uint32_t offers_max,
                     const InfoHash& info_hash) {
  // What the other worker will have to do, about.
  cost_ns_ += message.size() + offers_max * forwarded_offer_cost_ns;
  connection.has_stayed = true;
  connection.other_workers |= std::uint64_t{1} << owner % 64;
  Mail mail{.kind = Mail::Kind::request,
            .connection = ref_of(connection),
            .address = connection.state.address,
            .offers_max = offers_max,
            .text = padded(message)};
  if (post(owner, std::move(mail))) return metrics_.count(WorkerCounter::forwarded);
  metrics_.count(Counter::failure_busy, family_of(connection));
  handler_.refuse(
      ref_of(connection),
      {.reason = "the tracker is too busy", .action = Action::announce, .info_hash = info_hash});
}

// Fills in what this worker owns. Who owns any of the rest comes next, in the order of numbers from
// the connection's worker on.
void Worker::pass_on(const ConnectionRef& to, std::unique_ptr<ScrapeRound> round) {
  const std::uint32_t count = shares_.exchange.worker_count();
  const auto turn_of = [&](std::uint32_t worker) { return (worker + count - to.worker) % count; };
  const std::uint32_t own_turn = turn_of(options_.index);
  std::uint32_t next_turn = count;
  for (std::size_t i = 0; i < round->rows.size(); ++i) {
    const std::uint32_t turn = turn_of(owner_of(round->info_hashes[i]));
    if (turn == own_turn) round->rows[i] = handler_.scrape(round->info_hashes[i]);
    if (turn > own_turn) next_turn = std::min(next_turn, turn);
  }
  if (next_turn < count) {
    const Family family = round->family;
    ParseFailure failure{.reason = "the tracker is too busy", .action = Action::scrape};
    if (!round->is_list) failure.info_hash = round->info_hashes.front();
    Mail mail{.kind = Mail::Kind::scrape, .connection = to, .scrape = std::move(round)};
    if (post((to.worker + next_turn) % count, std::move(mail))) {
      return metrics_.count(WorkerCounter::forwarded);
    }
    metrics_.count(Counter::failure_busy, family);
    return handler_.refuse(to, failure);
  }
  ScrapeReplyWriter reply(scrape_reply_);
  for (std::size_t i = 0; i < round->rows.size(); ++i) {
    reply.row(round->info_hashes[i], round->rows[i]);
  }
  send_reply(to, reply);
}

// What is said about it elsewhere would not find it any more.
bool Worker::may_move(const Connection& connection) const {
  return !connection.has_stayed && connection.unsent.empty() && !transport_->stopping();
}

void Worker::begin_move(Connection& connection, std::uint32_t owner,
                        std::span<const std::byte> message, std::uint32_t offers_max) {
  connection.moving = std::make_unique<FirstAnnounce>(
      FirstAnnounce{.owner = owner, .offers_max = offers_max, .message = padded(message)});
  connection::DeadlineList::remove(connection);
  transport_->detach(*connection.stream);
}

void Worker::detached(Stream& stream, connection::Moved&& moved) {
  Connection& connection = connections_[stream.index];
  auto moving = std::make_unique<MovingConnection>(
      MovingConnection{.moved = std::move(moved),
                       .state = connection.state,
                       .announce = std::move(*connection.moving)});
  const std::uint32_t owner = moving->announce.owner;
  release(connection);
  metrics_.count(WorkerCounter::connections_moved);
  post(owner, {.kind = Mail::Kind::connection, .moving = std::move(moving)});
}

void Worker::adopt(MovingConnection& moving) {
  Stream* stream = transport_->adopt(std::move(moving.moved));
  if (stream == nullptr) return metrics_.count(WorkerCounter::dropped_gone);
  connections_.grow_beyond(stream->index);
  Connection& connection = connections_[stream->index];
  connection.stream = stream;
  connection.state = moving.state;
  connection.has_stayed = true;
  begin_websocket(connection);
  prove(connection);
  if (!transport_->admit(*stream, connection.state.address)) return;
  const ConnectionRef ref = ref_of(connection);
  handle_forwarded({ref, connection.state.address}, moving.announce.message,
                   moving.announce.offers_max);
  connection.has_peers = handler_.has_peers(ref);
  transport_->resume(*stream);
}

}  // namespace gyre::ws
