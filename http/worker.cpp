#include "http/worker.hpp"

#include <utility>

namespace gyre::http {
namespace {

// Of one request and its response, beside its bytes; and of a body that may be compressed.
constexpr std::uint64_t request_cost_ns = 2000;
constexpr std::uint64_t part_cost_ns = 300;  // of a head that is not whole
constexpr std::uint64_t body_cost_ns_per_byte = 20;

}  // namespace

using connection::CloseReason;
using connection::Deadline;
using connection::Stream;

std::expected<std::unique_ptr<Worker>, std::string> Worker::create(
    const WorkerOptions& options, Handler handler, const ProcessClock& clock,
    const swarm::SharedAccessList& access_list, WorkerMetrics& metrics) {
  connection::Options transport{.streams = options.streams,
                                .write_size_max = response_size_max,
                                .input_memory = options.input_memory,
                                .kept_size_max = http1::head_size_max,
                                .proxy_protocol = options.proxy_protocol,
                                .tls_contexts = options.tls_contexts,
                                .handshakes_max = options.handshakes_max};
  transport.streams.receive_buffer_size = receive_buffer_size;
  transport.streams.send_slot_size = send_slot_size;
  auto ring = connection::Transport::create_ring(transport);
  if (!ring) return std::unexpected(ring.error());
  std::unique_ptr<Worker> worker(new Worker(options, transport, std::move(*ring),
                                            std::move(handler), clock, access_list, metrics));
  if (const auto ready = worker->transport_.set_up(); !ready) {
    return std::unexpected(ready.error());
  }
  return worker;
}

Worker::Worker(const WorkerOptions& options, const connection::Options& transport, ring::Ring ring,
               Handler handler, const ProcessClock& clock,
               const swarm::SharedAccessList& access_list, WorkerMetrics& metrics)
    : now_(options.streams.clock),
      is_behind_proxies_(options.streams.proxies != nullptr),
      handler_(std::move(handler)),
      clock_(clock),
      access_list_(access_list),
      metrics_(metrics),
      transport_(transport, std::move(ring), *this, metrics.streams) {}

void Worker::turn_began(std::uint64_t now_ns) {
  turn_began_ns_ = now_ns;
  handler_.set_time(clock_.seconds_at(now_ns));
  if (transport_.stop_drags_on()) handler_.end_keep_alive();  // some ask and ask
  if (const auto version = access_list_.version(); version != access_list_version_) {
    access_list_version_ = version;
    handler_.set_access_list(access_list_.get());
  }
}

void Worker::turn_ended() {
  if (responses_in_turn_ == 0) return;
  metrics_.latency.record(now_() - turn_began_ns_, responses_in_turn_);
  responses_in_turn_ = 0;
}

void Worker::opened(Stream& stream) {
  connections_.grow_beyond(stream.index);
}

void Worker::writable(Stream& stream) {
  Connection& connection = connections_[stream.index];
  if (connection.body) send_body(stream, connection);
}

void Worker::on_close(Stream& stream) {
  connections_[stream.index] = {};
}

std::optional<Deadline> Worker::deadline_of(const Stream& stream, bool has_input) {
  if (has_input) return Deadline::request;
  return connections_[stream.index].has_asked ? Deadline::idle : Deadline::first_request;
}

void Worker::handshake_ended(Stream&, connection::Handshake result) {
  switch (result) {
    case connection::Handshake::full:
      return metrics_.count(WorkerCounter::tls_handshake_full);
    case connection::Handshake::resumed:
      return metrics_.count(WorkerCounter::tls_handshake_resumed);
    case connection::Handshake::failed:
      return metrics_.count(WorkerCounter::tls_failed);
  }
}

std::size_t Worker::refuse_plain_http(std::span<std::byte> out) {
  return handler_.refuse_plain_on_tls(out.first(response_size_max)).size;
}

std::size_t Worker::take(Stream& stream, connection::Bytes bytes) {
  Connection& connection = connections_[stream.index];
  const std::size_t used = connection.requests.take(
      bytes, head_, [&](const http1::HeadResult& result, std::span<const char> input) {
        return respond(stream, connection, result, input);
      });
  if (used < bytes.size()) transport_.charge(stream, part_cost_ns);
  return used;
}

http1::RequestReader::Taken Worker::respond(Stream& stream, Connection& connection,
                                            const http1::HeadResult& result,
                                            std::span<const char> input) {
  using enum http1::RequestReader::Taken;
  const auto room = transport_.room(stream, response_size_max);
  if (room.empty()) {
    transport_.block(stream);
    return not_yet;
  }
  if (is_behind_proxies_ && result.status == http1::HeadStatus::complete) {
    const auto client = handler_.client_of(head_, stream.client);
    if (client && !transport_.admit(stream, *client)) return last;
  }
  connection.has_asked = true;
  ++responses_in_turn_;
  const auto out = room.first(response_size_max);
  const bool is_secure = transport_.is_secure(stream);
  const http1::Response response = result.status == http1::HeadStatus::complete
                                       ? handler_.handle(head_, stream.client, is_secure, out)
                                       : handler_.refuse(result.error, input, out);
  transport_.write(stream, response.size);
  if (response.is_served) transport_.prove(stream);
  const bool goes_on = transport_.charge(stream, request_cost_ns + response.size);
  if (response.streams) {
    connection.body = handler_.take_body();
    connection.closes_after_body = response.close;
    transport_.block(stream);
    return last;
  }
  if (!response.close) return goes_on ? one : last;
  transport_.finish(stream, CloseReason::answered);
  return last;
}

// One piece of it: the next one follows when it has gone.
void Worker::send_body(Stream& stream, Connection& connection) {
  if (handler_.is_outdated(*connection.body)) {
    return transport_.close(stream, CloseReason::reading_too_slow);
  }
  const auto room = transport_.room(stream, response_size_max);
  if (room.empty()) return transport_.block(stream);
  const auto piece = connection.body->next(room.first(response_size_max));
  if (piece.is_last) connection.body.reset();
  transport_.charge(stream, piece.size * body_cost_ns_per_byte);
  transport_.write(stream, piece.size);
  if (!piece.is_last) return transport_.block(stream);
  if (connection.closes_after_body) transport_.finish(stream, CloseReason::answered);
}

}  // namespace gyre::http
