#include "load-test/http/client.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "common/base/clock.hpp"
#include "load-test/client_address.hpp"

namespace gyre::load_test::http {

using Progress = Connection::Progress;

namespace {

// How long the body is, by a final response (RFC 9112 section 6.3); nothing for one that lasts
// until the end of the connection. False: no tracker sends that, chunked bodies included.
bool read_length(const http1::ResponseHead& head, std::optional<std::size_t>& length) {
  if (head.status < 200 || http1::find_header(head, "Transfer-Encoding")) return false;
  const auto text = http1::find_header(head, "Content-Length");
  if (!text) return true;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  length = number;
  return error == std::errc{} && end == text->data() + text->size();
}

}  // namespace

ClientContext::ClientContext(const Config& config, RequestSource& request_source,
                             TlsClient* tls_client)
    : server(net::socket_name_of(config.run.server_address)),
      sources(load_test::client_sources(config.run.server_address,
                                        config.network.connections.client_addresses)),
      source(request_source),
      tls(tls_client),
      keep_alive(config.keep_alive),
      close_by(config.network.close_by),
      peers_wanted(config.torrents.announce_peers_wanted),
      request(request_size_max),
      response(response_size_max) {}

void Client::open() {
  address_ = static_cast<std::uint32_t>(context_->next_source);
  context_->next_source = (context_->next_source + 1) % context_->sources.size();
  reused_ = false;
  began_ns_ = context_->now_ns;
  auto connection = Connection::open(context_->server, context_->sources[address_], context_->tls);
  if (!connection) {
    return fail(connection.error() == ECONNREFUSED ? Progress::refused : Progress::failed);
  }
  add(Count::connections_opened);
  connection_ = std::move(*connection);
  state_ = State::connecting;
}

void Client::ask(Kind kind, std::uint64_t due_ns, bool hold) {
  add(kind == Kind::announce ? Count::announce_requests : Count::scrape_requests);
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
  const bool keep = hold_ || context_->keep_alive;
  const std::size_t size = kind_ == Kind::announce
                               ? context_->source.write_announce(out, address_, keep)
                               : context_->source.write_scrape(out, keep);
  began_ns_ = context_->now_ns;
  const auto [progress, sent_size] = connection_->send(out.first(size));
  if (progress == Progress::done && sent_size == size) {
    state_ = State::waiting;
  } else if (progress == Progress::later && state_ == State::connecting) {
    return;  // elsewhere, it takes a round trip; the next peer asks then
  } else {
    const bool is_over = progress != Progress::done && progress != Progress::later;
    fail(is_over ? progress : Progress::failed);
  }
}

bool Client::advance() {
  if (state_ == State::waiting || state_ == State::closing) return receive();
  if (state_ != State::connecting) return false;
  const Progress progress = connection_->get_ready();
  if (progress == Progress::later) return false;
  if (progress != Progress::done) {
    if (connection_->has_tls() && progress != Progress::refused) add(Count::tls_failed);
    fail(progress);
    return true;
  }
  if (connection_->has_tls()) add(connection_->resumed() ? Count::tls_resumed : Count::tls_full);
  state_ = State::open;
  if (has_request_) send_request();
  return true;
}

// Behind what came before, if the response comes in pieces.
bool Client::receive() {
  const std::span<char> room(context_->response);
  std::ranges::copy(partial_, room.begin());
  const auto [progress, size] = connection_->receive(room.subspan(partial_.size()));
  if (progress == Progress::later) return false;
  if (state_ == State::closing) {
    if (progress != Progress::done) close(false);
  } else if (progress == Progress::done) {
    take({room.data(), partial_.size() + size}, false);
  } else if (progress == Progress::ended && !partial_.empty()) {
    take({room.data(), partial_.size()}, true);
  } else {
    fail(progress);
  }
  return true;
}

// `bytes` are all of the response so far; `is_end`: there will be no more.
void Client::take(std::string_view bytes, bool is_end) {
  http1::ResponseHead& head = context_->head;
  const auto [status, error, head_size] = http1::parse_response_head(bytes, head);
  if (status == http1::HeadStatus::invalid) return fault(Count::malformed_head);
  const bool has_head = status == http1::HeadStatus::complete;
  std::optional<std::size_t> length;
  if (has_head && !read_length(head, length)) return fault(Count::malformed_head);
  const std::size_t body_size = has_head ? bytes.size() - head_size : 0;
  if (has_head && (length ? body_size >= *length : is_end)) {
    if (length && body_size > *length) return fault(Count::malformed_head);
    return accept(bytes.substr(head_size), length.has_value());
  }
  if (is_end) return fault(Count::closed_early);
  if (bytes.size() == response_size_max) return fault(Count::too_large);
  partial_.assign(bytes);
}

void Client::accept(std::string_view body, bool has_length) {
  if (context_->head.status != 200) {
    add(Count::error_responses);
  } else {
    const auto facts = check_body(body, kind_, context_->peers_wanted);
    if (!facts) return fault(facts.error());
    const Count answered = facts->failure            ? Count::error_responses
                           : kind_ == Kind::announce ? Count::announce_responses
                                                     : Count::scrape_responses;
    add(answered);
    add(Count::peers, facts->peer_count);
    if (answered == Count::announce_responses) {
      context_->statistics->peers.record(facts->peer_count);
    }
  }
  const std::uint64_t now_ns = monotonic_ns();
  context_->statistics->latency.record(now_ns - std::min(now_ns, due_ns_));
  end_response(has_length);
}

void Client::end_response(bool has_length) {
  has_request_ = false;
  reused_ = true;
  partial_.clear();
  const bool wanted = hold_ || context_->keep_alive;
  if (wanted && has_length && http1::is_kept_alive(context_->head)) {
    state_ = State::open;
    return;
  }
  if (wanted) add(Count::connections_ended);
  if (context_->close_by == CloseBy::tracker && has_length) {
    state_ = State::closing;
  } else {
    close(context_->close_by == CloseBy::reset);
  }
}

// A kept connection may end at any time (RFC 9112 9.3.1): what was asked is asked again.
void Client::fail(Progress progress) {
  close(false);
  if (progress == Progress::ended && has_request_ && std::exchange(reused_, false)) {
    add(Count::connections_ended);
    return open();
  }
  if (progress == Progress::ended && has_request_) {
    add(Count::closed_early);
  } else {
    add(progress == Progress::refused ? Count::refused : Count::connections_failed);
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
