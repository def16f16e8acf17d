#include "load-test/ws/client.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

#include "common/base/check.hpp"
#include "load-test/ws/upgrade.hpp"

namespace gyre::load_test::ws {
namespace {

constexpr std::size_t input_size = std::size_t{256} * 1024;
constexpr std::size_t budget_size = std::size_t{1} << 30;

}  // namespace

ClientContext::ClientContext(const Config& settings, std::span<const Participant> everybody,
                             std::unique_ptr<Connector> opener, const load_test::Worker& owner,
                             std::uint32_t worker_index)
    : config(settings),
      participants(everybody),
      worker(owner),
      connector(std::move(opener)),
      upgrade_request(load_test::ws::upgrade_request(config)),
      epoll(::epoll_create1(EPOLL_CLOEXEC)),
      verifier(everybody, config.offers_per_request),
      random(worker_random(config.run.seed, worker_index)),
      budget{budget_size},
      input(input_size),
      message(message_size_max + gyre::ws::message_padding),
      inflated(message_size_max + gyre::ws::message_padding) {}

Client::Client(ClientContext& context, std::uint32_t number, std::uint32_t key)
    : context_(&context), number_(number), key_(key) {}

void Client::open() {
  DCHECK(is_closed() && !connection_ && unsent_.empty());
  began_ns_ = context_->worker.now_ns();
  auto connection = context_->connector->open();
  if (!connection) return fail(connection.error());
  add(Count::connections_opened);
  connection_ = std::move(*connection);
  epoll_event event{.events = EPOLLIN | EPOLLOUT, .data = {.u32 = key_}};
  if (::epoll_ctl(context_->epoll.get(), EPOLL_CTL_ADD, connection_->fd(), &event) != 0) {
    return fail(Obstacle::failed);
  }
  watches_room_ = true;
  state_ = State::connecting;
}

void Client::advance() {
  if (state_ == State::connecting) get_ready();
  if (state_ != State::upgrading && state_ != State::open) return;
  if (!unsent_.empty()) flush();
  if (connection_) receive();
}

void Client::get_ready() {
  if (!connection_) return;
  if (const auto ready = connection_->get_ready(); !ready) {
    if (ready.error() == Obstacle::later) return;
    if (connection_->has_tls() && ready.error() != Obstacle::refused) add(Count::tls_failed);
    return fail(ready.error());
  }
  if (connection_->has_tls()) add(connection_->is_resumed() ? Count::tls_resumed : Count::tls_full);
  state_ = State::upgrading;
  watch(false);
  send(context_->upgrade_request);
}

void Client::receive() {
  const std::span<char> room(context_->input);
  while (connection_) {
    std::ranges::copy(partial_, room.begin());
    const auto target = room.subspan(partial_.size());
    const auto size = connection_->receive(target);
    if (!size && size.error() == Obstacle::later) break;
    if (!size) return fail(size.error());
    add(Count::bytes_received, *size);
    add(Count::reads);
    consume(room.first(partial_.size() + *size));
    const bool is_all = *size < target.size();
    if (is_all && connection_ && !connection_->has_tls()) break;
  }
  if (!connection_ || context_->output.empty()) return context_->output.clear();
  send(context_->output);
  context_->output.clear();
}

// Answers to what came gather in ClientContext::output.
void Client::consume(std::span<const char> bytes) {
  if (state_ == State::upgrading) {
    const std::size_t size = upgrade(bytes);
    if (size == 0) return;
    bytes = bytes.subspan(size);
  }
  while (connection_) {
    const auto result = reader_.next(std::as_bytes(bytes), context_->message, context_->budget);
    bytes = bytes.subspan(result.consumed);
    if (!take_event(result)) break;
  }
  if (connection_) partial_.assign(bytes.data(), bytes.size());
}

// The size of the response; 0 as long as it is not whole, or if it is a refusal.
std::size_t Client::upgrade(std::span<const char> bytes) {
  http1::ResponseHead& head = context_->head;
  const auto size = http1::parse_response_head(bytes, head);
  if (size == http1::incomplete_head) {
    partial_.assign(bytes.data(), bytes.size());
    return 0;
  }
  if (size) {
    if (const auto deflated = deflate_agreed(head, context_->config.deflate)) {
      opened(*deflated);
      return *size;
    }
  }
  add(Count::upgrades_refused);
  close();
  return 0;
}

void Client::opened(bool deflated) {
  partial_.clear();
  state_ = State::open;
  reader_ = gyre::ws::MessageReader::for_client(deflated);
  if (deflated) add(Count::deflated);
  if (is_idle()) return ask(Kind::announce, context_->worker.now_ns());
  if (!sent_offers_) sent_offers_ = std::make_unique<SentOffers>();
  const Participant& participant = context_->participants[number_];
  const std::uint32_t offer_count = context_->config.offers_per_request;
  if (context_->config.echo) {
    if (echo_.empty()) echo_ = echo_text(participant, number_, offer_count);
  } else if (outgoing_.empty() || deflated != deflated_) {
    outgoing_.clear();
    for (const Swarm& swarm : participant.swarms) {
      outgoing_.emplace_back(participant, number_, swarm, offer_count, deflated);
    }
  }
  deflated_ = deflated;
}

void Client::send_echoes() {
  const auto payload = std::as_bytes(std::span(echo_));
  std::vector<char> frames;
  for (; echoes_due_ < context_->config.echo_burst; ++echoes_due_) {
    append_frame(frames, gyre::ws::Opcode::text, payload);
  }
  add(Count::announce_requests, echoes_due_);
  send(frames);
}

void Client::ask(Kind kind, std::uint64_t due_ns) {
  DCHECK(can_ask());
  DCHECK(kind != Kind::connect);
  request_ = kind;
  due_ns_ = due_ns;
  began_ns_ = context_->worker.now_ns();
  ++context_->in_flight;
  if (context_->config.echo) {
    send_echoes();
  } else if (kind == Kind::scrape) {
    scrape();
  } else {
    announce();
  }
}

void Client::announce() {
  add(Count::announce_requests);
  if (is_idle()) {
    const TorrentsConfig& torrents = context_->config.torrents;
    const std::uint32_t torrent =
        torrents.number_of_torrents + number_ % torrents.number_of_torrents;
    return send_text(idle_announce(number_, info_hash_json(context_->config.run.seed, torrent)));
  }
  Outgoing& outgoing = outgoing_[next_swarm_];
  next_swarm_ = (next_swarm_ + 1) % outgoing_.size();
  // In turn: so the first announces of a connection are those that join.
  const bool is_first = joined_count_ < outgoing_.size();
  if (is_first) ++joined_count_;
  const std::uint32_t offer_count = context_->config.offers_per_request;
  add(Count::offers_sent, offer_count);
  add(Count::offers_unanswered, sent_offers_->add(announce_number_, offer_count, due_ns_));
  send(outgoing.announce(announce_number_++, is_first));
}

void Client::scrape() {
  add(Count::scrape_requests);
  const auto participants = context_->participants;
  std::vector<std::string> info_hashes;
  for (std::uint32_t i = 0; i < context_->config.torrents.scrape_torrents; ++i) {
    const auto drawn = context_->random.below(static_cast<std::uint32_t>(participants.size()));
    info_hashes.push_back(participants[drawn].swarms.front().info_hash_json);
  }
  send_text(load_test::ws::scrape(info_hashes));
}

void Client::send_text(std::string_view text) {
  std::vector<char> frame;
  append_frame(frame, gyre::ws::Opcode::text, std::as_bytes(std::span(text)));
  send(frame);
}

void Client::send(std::span<const char> bytes) {
  const std::size_t sent_size = unsent_.empty() ? send_now(bytes) : 0;
  if (!connection_) return;
  unsent_.insert(unsent_.end(), bytes.begin() + static_cast<std::ptrdiff_t>(sent_size),
                 bytes.end());
  watch(!unsent_.empty());
}

void Client::flush() {
  const std::size_t sent_size = send_now(unsent_);
  if (!connection_) return;
  unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(sent_size));
  watch(!unsent_.empty());
}

// Returns how much the socket has taken. The connection may be gone then.
std::size_t Client::send_now(std::span<const char> bytes) {
  std::size_t sent_size = 0;
  while (connection_ && sent_size < bytes.size()) {
    const auto size = connection_->send(bytes.subspan(sent_size));
    if (!size && size.error() == Obstacle::later) break;
    if (!size) {
      fail(size.error());
      continue;
    }
    add(Count::writes);
    sent_size += *size;
  }
  add(Count::bytes_sent, sent_size);
  return sent_size;
}

void Client::watch(bool for_room) {
  if (!connection_ || std::exchange(watches_room_, for_room) == for_room) return;
  const std::uint32_t events = EPOLLIN | (for_room ? EPOLLOUT : 0U);
  epoll_event event{.events = events, .data = {.u32 = key_}};
  ::epoll_ctl(context_->epoll.get(), EPOLL_CTL_MOD, connection_->fd(), &event);
}

void Client::give_up_offers() {
  if (sent_offers_) add(Count::offers_unanswered, sent_offers_->clear());
}

void Client::fail(Obstacle obstacle) {
  if (obstacle == Obstacle::ended) return end_by_tracker();
  add(obstacle == Obstacle::refused ? Count::refused : Count::connections_failed);
  if (request_) add(Count::lost);
  close();
}

void Client::end_by_tracker() {
  add(is_idle() && joined_ ? Count::idle_ended : Count::connections_ended);
  if (request_) add(Count::lost);
  close();
}

void Client::expire(std::uint64_t began_before_ns) {
  const bool is_busy = is_waiting() || (!is_closed() && !is_open());
  if (!is_busy || began_ns_ >= began_before_ns) return;
  add(is_waiting() ? Count::lost : Count::connections_failed);
  if (connection_) connection_->reset();
  close();
}

void Client::close() {
  if (std::exchange(request_, std::nullopt)) {
    DCHECK(context_->in_flight > 0);
    --context_->in_flight;
  }
  give_up_offers();
  reader_.clear(context_->budget);
  connection_.reset();
  partial_.clear();
  unsent_.clear();
  had_error_ = joined_ = false;
  echoes_due_ = 0;
  joined_count_ = 0;
  state_ = State::closed;
}

}  // namespace gyre::load_test::ws
