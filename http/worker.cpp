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
using connection::ConnectionBase;
using connection::Deadline;

std::expected<std::unique_ptr<Worker>, std::string> Worker::create(
    const connection::Options& options, Handler handler, const ProcessClock& clock,
    const swarm::SharedAccessList& access_list, WorkerMetrics& metrics) {
  connection::Options sized = options;
  sized.receive_buffer_size = receive_buffer_size;
  sized.send_slot_size = send_slot_size;
  sized.write_size_max = response_size_max;
  sized.stored_size_max = http1::head_size_max;
  auto ring = connection::Server::create_ring(sized);
  if (!ring) return std::unexpected(ring.error());
  std::unique_ptr<Worker> worker(
      new Worker(sized, std::move(*ring), std::move(handler), clock, access_list, metrics));
  if (const auto ready = worker->server_.set_up(); !ready) {
    return std::unexpected(ready.error());
  }
  return worker;
}

Worker::Worker(const connection::Options& options, ring::Ring ring, Handler handler,
               const ProcessClock& clock, const swarm::SharedAccessList& access_list,
               WorkerMetrics& metrics)
    : now_(options.clock),
      is_behind_proxies_(options.proxies != nullptr),
      handler_(std::move(handler)),
      clock_(clock),
      access_list_(access_list),
      deny_lists_(options.deny_lists),
      metrics_(metrics),
      server_(options, std::move(ring), connection::ConnectionTable::of<Session>(), *this,
              metrics.streams) {}

void Worker::on_turn_begin(std::uint64_t now_ns) {
  turn_began_ns_ = now_ns;
  handler_.set_time(clock_.seconds_at(now_ns));
  if (server_.stop_drags_on()) handler_.end_keep_alive();  // some ask and ask
  if (auto list = access_list_.get_if_newer(access_list_version_)) {
    handler_.set_access_list(std::move(list));
  }
  if (deny_lists_ != nullptr) {
    auto lists = deny_lists_->get_if_newer(deny_lists_version_);
    if (lists) handler_.set_deny_lists(std::move(lists));
  }
}

void Worker::on_turn_end() {
  if (responses_in_turn_ == 0) return;
  metrics_.latency.record(now_() - turn_began_ns_, responses_in_turn_);
  responses_in_turn_ = 0;
}

void Worker::on_writable(ConnectionBase& connection) {
  if (session_of<Session>(connection).body) send_body(connection);
}

void Worker::on_close(ConnectionBase& connection) {
  session_of<Session>(connection) = {};
}

std::optional<Deadline> Worker::deadline_of(const ConnectionBase& connection, bool has_input) {
  if (has_input) return Deadline::request;
  return session_of<Session>(connection).has_asked ? Deadline::idle : Deadline::first_request;
}

std::size_t Worker::refuse_plain_http(std::span<std::byte> out) {
  return handler_.refuse_plain_on_tls(out.first(response_size_max)).size;
}

std::size_t Worker::take(ConnectionBase& connection, connection::Bytes bytes) {
  const std::size_t used =
      session_of<Session>(connection)
          .requests.take(bytes, head_,
                         [&](const http1::HeadSize& parsed, std::span<const char> input) {
                           return respond(connection, parsed, input);
                         });
  if (used < bytes.size()) server_.charge(connection, part_cost_ns);
  return used;
}

http1::RequestReader::Taken Worker::respond(ConnectionBase& connection,
                                            const http1::HeadSize& parsed,
                                            std::span<const char> input) {
  using enum http1::RequestReader::Taken;
  const auto room = server_.room(connection, response_size_max);
  if (room.empty()) {
    server_.block(connection);
    return not_yet;
  }
  if (is_behind_proxies_ && parsed) {
    const auto client = handler_.client_of(head_, connection.client);
    if (client && !server_.admit(connection, *client)) return last;
  }
  Session& session = session_of<Session>(connection);
  session.has_asked = true;
  ++responses_in_turn_;
  const auto out = room.first(response_size_max);
  const bool is_secure = connection.is_secure();
  const http1::Response response = parsed
                                       ? handler_.handle(head_, connection.client, is_secure, out)
                                       : handler_.refuse(parsed.error(), input, out);
  server_.write(connection, response.size);
  if (response.is_served) server_.prove(connection);
  const bool goes_on = server_.charge(connection, request_cost_ns + response.size);
  if (response.streams) {
    session.body = handler_.take_body();
    session.closes_after_body = response.close;
    server_.block(connection);
    return last;
  }
  if (!response.close) return goes_on ? one : last;
  server_.finish(connection, CloseReason::answered);
  return last;
}

// One piece of it: the next one follows when it has gone.
void Worker::send_body(ConnectionBase& connection) {
  Session& session = session_of<Session>(connection);
  if (handler_.is_outdated(*session.body)) {
    return server_.close(connection, CloseReason::reading_too_slow);
  }
  const auto room = server_.room(connection, response_size_max);
  if (room.empty()) return server_.block(connection);
  const std::size_t size = session.body->write_next(room.first(response_size_max));
  if (session.body->has_ended()) session.body.reset();
  server_.charge(connection, size * body_cost_ns_per_byte);
  server_.write(connection, size);
  if (session.body) return server_.block(connection);
  if (session.closes_after_body) server_.finish(connection, CloseReason::answered);
}

}  // namespace gyre::http
