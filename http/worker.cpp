#include "http/worker.hpp"

#include <utility>

#include "common/check.hpp"
#include "common/http/proxy_protocol.hpp"

namespace gyre::http_tracker {

using io::CloseReason;
using io::Deadline;
using io::Stream;

std::expected<std::unique_ptr<Worker>, std::string> Worker::create(
    const WorkerOptions& options, Handler handler, const ProcessClock& clock,
    const swarm::SharedAccessList& access_list, WorkerMetrics& metrics) {
  std::unique_ptr<Worker> worker(
      new Worker(options, std::move(handler), clock, access_list, metrics));
  io::StreamsOptions streams_options = options.streams;
  streams_options.receive_buffer_size = receive_buffer_size;
  streams_options.send_slot_size = send_slot_size;
  streams_options.peers_are_proxies = options.proxy_protocol;
  auto streams = io::Streams::create(streams_options, *worker, metrics.streams);
  if (!streams) return std::unexpected(streams.error());
  worker->streams_ = std::move(*streams);
  return worker;
}

Worker::Worker(const WorkerOptions& options, Handler handler, const ProcessClock& clock,
               const swarm::SharedAccessList& access_list, WorkerMetrics& metrics)
    : options_(options),
      handler_(std::move(handler)),
      clock_(clock),
      access_list_(access_list),
      metrics_(metrics),
      budget_{options.input_memory},
      scratch_(std::make_unique_for_overwrite<std::byte[]>(scratch_size)) {}

void Worker::turn_began(std::uint64_t now_ns) {
  turn_began_ns_ = now_ns;
  handler_.set_time(clock_.seconds_at(now_ns));
  if (streams_->stop_drags_on()) handler_.end_keep_alive();  // some ask and ask
  if (const auto version = access_list_.version(); version != access_list_version_) {
    access_list_version_ = version;
    handler_.set_access_list(access_list_.get());
  }
  if (options_.tls_contexts == nullptr) return;
  if (const auto version = options_.tls_contexts->version(); version != tls_context_version_) {
    tls_context_version_ = version;
    tls_context_ = options_.tls_contexts->get();
  }
}

void Worker::turn_ended() {
  if (responses_in_turn_ == 0) return;
  metrics_.latency.record(options_.streams.clock() - turn_began_ns_, responses_in_turn_);
  responses_in_turn_ = 0;
}

void Worker::opened(Stream& stream) {
  connections_.grow_beyond(stream.index);
  Connection& connection = connections_[stream.index];
  connection.awaits_proxy_header = options_.proxy_protocol;
  if (options_.streams.listeners[stream.listener_index].secure) begin_tls(stream, connection);
  if (stream.open) settle(stream, connection);
}

void Worker::received(Stream& stream, Bytes bytes) {
  Connection& connection = connections_[stream.index];
  feed(stream, connection, connection.input, bytes, &Worker::take_received);
  if (stream.open) settle(stream, connection);
}

// Whatever is complete is answered all the same.
void Worker::ended(Stream& stream) {
  settle(stream, connections_[stream.index]);
}

void Worker::writable(Stream& stream) {
  Connection& connection = connections_[stream.index];
  connection.is_blocked = false;
  if (connection.body) send_body(stream, connection);
  if (stream.open && connection.secure) {
    work_off(stream, connection, connection.secure->plaintext, &Worker::take_requests);
  }
  if (stream.open) work_off(stream, connection, connection.input, &Worker::take_received);
  if (stream.open) settle(stream, connection);
}

void Worker::closed(Stream& stream) {
  Connection& connection = connections_[stream.index];
  connection.input.clear(budget_);
  if (connection.secure) connection.secure->plaintext.clear(budget_);
  connection = {};
}

// What cannot be used yet is kept, behind what was kept before.
void Worker::feed(Stream& stream, Connection& connection, io::StoredInput& stored, Bytes bytes,
                  Stage stage) {
  if (!stored.empty()) {
    if (keep(stream, stored, bytes)) work_off(stream, connection, stored, stage);
    return;
  }
  const std::size_t used = connection.is_blocked ? 0 : (this->*stage)(stream, connection, bytes);
  if (stream.open) keep(stream, stored, bytes.subspan(used));
}

void Worker::work_off(Stream& stream, Connection& connection, io::StoredInput& stored,
                      Stage stage) {
  if (connection.is_blocked || stored.empty()) return;
  const std::size_t used = (this->*stage)(stream, connection, stored.bytes());
  if (stream.open) stored.consume(used, budget_);
}

// When the memory is used up, those make room who keep more than one request in it, then those who
// have been at one for longest, or have not read their answers.
bool Worker::keep(Stream& stream, io::StoredInput& stored, Bytes bytes) {
  constexpr int others_closed_max = 8;
  for (int closed_count = 0; !stored.append(bytes, budget_); ++closed_count) {
    const bool may_ask = stored.size() <= http::head_size_max && closed_count < others_closed_max;
    if (may_ask && close_another(stream)) continue;
    streams_->close(stream, CloseReason::no_input_memory);
    return false;
  }
  return true;
}

// One that has input in memory, or may have.
bool Worker::close_another(const Stream& stream) {
  constexpr std::uint64_t unread_min_ns = 1'000'000'000;
  constexpr auto reason = CloseReason::no_input_memory;
  return streams_->close_oldest(Deadline::request, reason, {.stream = &stream}) ||
         streams_->close_oldest(Deadline::write, reason,
                                {.stream = &stream, .age_min_ns = unread_min_ns});
}

// What the connection waits for now, after whatever has happened to it.
void Worker::settle(Stream& stream, Connection& connection) {
  if (connection.is_blocked) {
    if (connection.input.size() >= http::head_size_max) streams_->pause_receiving(stream);
    return;
  }
  streams_->resume_receiving(stream);
  const SecureState* secure = connection.secure.get();
  const bool is_over = stream.ended || (secure != nullptr &&
                                        secure->session.status() == tls::Session::Status::closed);
  if (is_over) return finish(stream, connection, CloseReason::by_client);
  if (streams_->has_output(stream)) return;  // and then it is writable
  const bool is_greeting =
      connection.awaits_proxy_header ||
      (secure != nullptr && secure->session.status() == tls::Session::Status::handshaking);
  const bool is_in_request =
      !connection.input.empty() || (secure != nullptr && !secure->plaintext.empty());
  const Deadline deadline = is_greeting            ? Deadline::greeting
                            : is_in_request        ? Deadline::request
                            : connection.has_asked ? Deadline::idle
                                                   : Deadline::first_request;
  // Bytes that trickle in do not put off the deadline of what they belong to.
  if (!streams_->is_waiting_for(stream, deadline)) streams_->set_deadline(stream, deadline);
}

std::size_t Worker::take_received(Stream& stream, Connection& connection, Bytes bytes) {
  std::size_t used = 0;
  if (connection.awaits_proxy_header) {
    used = take_proxy_header(stream, connection, bytes);
    if (!stream.open || connection.awaits_proxy_header) return used;
  }
  const Stage stage = connection.secure ? &Worker::take_records : &Worker::take_requests;
  return used + (this->*stage)(stream, connection, bytes.subspan(used));
}

std::size_t Worker::take_proxy_header(Stream& stream, Connection& connection, Bytes bytes) {
  const http::ProxyHeader header = http::parse_proxy_header(bytes);
  if (header.status == http::ProxyHeaderStatus::need_more) return 0;
  if (header.status == http::ProxyHeaderStatus::invalid) {
    streams_->close(stream, CloseReason::bad_greeting);
    return 0;
  }
  connection.awaits_proxy_header = false;
  if (header.source) streams_->admit(stream, header.source->address);
  return header.consumed;
}

std::size_t Worker::take_requests(Stream& stream, Connection& connection, Bytes bytes) {
  const std::span all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::size_t used = 0;
  while (used < all.size() && !connection.is_blocked) {
    const auto input = all.subspan(used);
    const auto seen = std::exchange(connection.seen, 0);
    const http::HeadResult result = http::parse_request_head(input, head_, seen);
    if (result.status == http::HeadStatus::need_more) {
      connection.seen = static_cast<std::uint32_t>(input.size());
      break;
    }
    if (!respond(stream, connection, result, input)) break;
    used += result.consumed;
  }
  return used;
}

// False: nothing more is to be taken from this connection now.
bool Worker::respond(Stream& stream, Connection& connection, const http::HeadResult& result,
                     std::span<const char> input) {
  const bool is_secure = connection.secure != nullptr;
  const auto room = streams_->output(stream);
  if (room.size() < (is_secure ? sealed_response_size_max : response_size_max)) {
    block(stream, connection);
    return false;
  }
  connection.has_asked = true;
  ++responses_in_turn_;
  const auto out =
      (is_secure ? std::span(scratch_.get(), scratch_size) : room).first(response_size_max);
  const http::Answer answer = result.status == http::HeadStatus::complete
                                  ? handler_.handle(head_, stream.client, is_secure, out)
                                  : handler_.refuse(result.error, input, out);
  if (!write(stream, connection, answer.size, room)) return false;
  if (answer.streams) {
    connection.body = handler_.take_body();
    connection.closes_after_body = answer.close;
    block(stream, connection);
    return true;
  }
  if (answer.close) finish(stream, connection, CloseReason::answered);
  return !answer.close;
}

// One piece of it: the next one follows when it has gone.
void Worker::send_body(Stream& stream, Connection& connection) {
  if (handler_.is_outdated(*connection.body)) {
    return streams_->close(stream, CloseReason::reading_too_slow);
  }
  const bool is_secure = connection.secure != nullptr;
  const auto room = streams_->output(stream);
  if (room.size() < (is_secure ? sealed_response_size_max : response_size_max)) {
    return block(stream, connection);
  }
  const auto out = is_secure ? std::span(scratch_.get(), scratch_size) : room;
  const auto piece = connection.body->next(out.first(response_size_max));
  if (piece.is_last) connection.body.reset();
  if (!write(stream, connection, piece.size, room)) return;
  if (!piece.is_last) return block(stream, connection);
  if (connection.closes_after_body) finish(stream, connection, CloseReason::answered);
}

// Until what was written has gone, or a slot is free.
void Worker::block(Stream& stream, Connection& connection) {
  connection.is_blocked = true;
  if (!streams_->has_output(stream)) streams_->wait_for_slot(stream);
}

}  // namespace gyre::http_tracker
