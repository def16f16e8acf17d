#include "load-test/http/client.hpp"

#include <algorithm>
#include <utility>

#include "common/base/check.hpp"
#include "common/base/clock.hpp"
#include "common/base/numbers.hpp"

namespace gyre::load_test::http {

namespace {

// How long the body is, by a final response (RFC 9112 section 6.3); nothing for one that lasts
// until the end of the connection. False: no tracker sends that, chunked bodies included.
bool read_length(const http1::ResponseHead& head, std::optional<std::size_t>& length) {
  if (head.status < 200 || http1::find_header(head, "Transfer-Encoding")) return false;
  const auto text = http1::find_header(head, "Content-Length");
  if (!text) return true;
  length = number_from<std::size_t>(*text);
  return length.has_value();
}

}  // namespace

void Client::open() {
  DCHECK(!connection_);
  reused_ = false;
  began_ns_ = context_->worker.now_ns();
  auto connection = context_->connector->open();
  if (!connection) return fail(connection.error());
  add(Count::connections_opened);
  connection_ = std::move(*connection);
  state_ = State::connecting;
}

void Client::ask(Kind kind, std::uint64_t due_ns, bool hold) {
  DCHECK(!busy() && !has_request_);
  add(request_count_of(kind));
  kind_ = kind;
  due_ns_ = due_ns;
  hold_ = hold;
  has_request_ = true;
  if (state_ == State::closed) open();
  if (!connection_) return;
  // A connection on the same host is there by now, and takes the first bytes at once.
  if (state_ == State::open || !connection_->has_tls()) {
    send_request();
  } else {
    advance();
  }
}

void Client::send_request() {
  const std::span<char> out(context_->request);
  RequestSource& source = context_->source;
  const std::size_t size =
      kind_ == Kind::announce
          ? source.write_announce(out, connection_->source(), keeps_connection())
          : source.write_scrape(out, keeps_connection());
  began_ns_ = context_->worker.now_ns();
  const auto sent_size = connection_->send(out.first(size));
  if (sent_size == size) {
    state_ = State::waiting;
    return;
  }
  const Obstacle obstacle = sent_size ? Obstacle::failed : sent_size.error();
  if (obstacle == Obstacle::later) {
    // Elsewhere, connecting takes a round trip; the next peer asks then.
    if (state_ == State::connecting) return;
    return fail(Obstacle::failed);
  }
  fail(obstacle);
}

bool Client::advance() {
  if (state_ == State::waiting || state_ == State::closing) return receive();
  if (state_ != State::connecting) return false;
  if (const auto ready = connection_->get_ready(); !ready) {
    if (ready.error() == Obstacle::later) return false;
    if (connection_->has_tls() && ready.error() != Obstacle::refused) add(Count::tls_failed);
    fail(ready.error());
    return true;
  }
  if (connection_->has_tls()) add(connection_->is_resumed() ? Count::tls_resumed : Count::tls_full);
  state_ = State::open;
  if (has_request_) send_request();
  return true;
}

// Behind what came before, if the response comes in pieces.
bool Client::receive() {
  const std::span<char> room(context_->response);
  std::ranges::copy(partial_, room.begin());
  const auto size = connection_->receive(room.subspan(partial_.size()));
  if (!size && size.error() == Obstacle::later) return false;
  if (state_ == State::closing) {
    if (!size) close(false);
  } else if (size) {
    take({room.data(), partial_.size() + *size}, false);
  } else if (size.error() == Obstacle::ended && !partial_.empty()) {
    take({room.data(), partial_.size()}, true);
  } else {
    fail(size.error());
  }
  return true;
}

// `bytes` are all of the response so far; `is_end`: there will be no more.
void Client::take(std::string_view bytes, bool is_end) {
  http1::ResponseHead& head = context_->head;
  const auto head_size = http1::parse_response_head(bytes, head);
  const bool has_head = head_size.has_value();
  if (!has_head && head_size != http1::incomplete_head) return fault(Count::malformed_head);
  std::optional<std::size_t> length;
  if (has_head && !read_length(head, length)) return fault(Count::malformed_head);
  const std::size_t body_size = has_head ? bytes.size() - *head_size : 0;
  if (has_head && (length ? body_size >= *length : is_end)) {
    if (length && body_size > *length) return fault(Count::malformed_head);
    return accept(bytes.substr(*head_size), length.has_value());
  }
  if (is_end) return fault(Count::closed_early);
  if (bytes.size() == response_size_max) return fault(Count::too_large);
  partial_.assign(bytes);
}

void Client::accept(std::string_view body, bool has_length) {
  if (context_->head.status != 200) {
    add(Count::error_responses);
  } else {
    const auto facts = check_body(body, kind_, context_->config.announce_peers_wanted);
    if (!facts) return fault(facts.error());
    const Count answered = facts->failure            ? Count::error_responses
                           : kind_ == Kind::announce ? Count::announce_responses
                                                     : Count::scrape_responses;
    add(answered);
    add(Count::peers, facts->peer_count);
    if (answered == Count::announce_responses) {
      context_->worker.statistics().peers.record(facts->peer_count);
    }
  }
  const std::uint64_t now_ns = monotonic_ns();
  context_->worker.statistics().latency.record(now_ns - std::min(now_ns, due_ns_));
  end_response(has_length);
}

void Client::end_response(bool has_length) {
  DCHECK(state_ == State::waiting && has_request_);
  has_request_ = false;
  reused_ = true;
  partial_.clear();
  if (keeps_connection() && has_length && http1::is_kept_alive(context_->head)) {
    state_ = State::open;
    return;
  }
  if (keeps_connection()) add(Count::connections_ended);
  const CloseBy close_by = context_->config.close_by;
  if (close_by == CloseBy::tracker && has_length) {
    state_ = State::closing;
  } else {
    close(close_by == CloseBy::reset);
  }
}

// A kept connection may end at any time (RFC 9112 9.3.1): what was asked is asked again.
void Client::fail(Obstacle obstacle) {
  close(false);
  if (obstacle == Obstacle::ended && has_request_ && std::exchange(reused_, false)) {
    add(Count::connections_ended);
    return open();
  }
  if (obstacle == Obstacle::ended && has_request_) {
    add(Count::closed_early);
  } else {
    add(obstacle == Obstacle::refused ? Count::refused : Count::connections_failed);
    if (has_request_) add(Count::lost);
  }
  has_request_ = false;
}

void Client::fault(Count what) {
  add(what);
  has_request_ = false;
  close(true);
}

void Client::expire(std::uint64_t began_before_ns) {
  if (!busy() || began_ns_ >= began_before_ns) return;
  if (state_ == State::closing) {
    add(Count::connections_unclosed);
  } else {
    add(has_request_ ? Count::lost : Count::connections_failed);
  }
  has_request_ = false;
  close(true);
}

Connection Client::take_connection() {
  DCHECK(is_open());
  Connection connection = std::move(*connection_);
  connection_.reset();
  state_ = State::closed;
  return connection;
}

void Client::close(bool reset) {
  if (connection_ && reset) connection_->reset();
  connection_.reset();
  state_ = State::closed;
  partial_.clear();
}

}  // namespace gyre::load_test::http
