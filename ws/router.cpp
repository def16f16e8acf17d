#include "ws/router.hpp"

#include <utility>

#include "common/base/check.hpp"

namespace gyre::ws {

using connection::ConnectionBase;

std::vector<std::byte> padded(std::span<const std::byte> message) {
  std::vector<std::byte> copy;
  copy.reserve(message.size() + message_padding);
  copy.assign(message.begin(), message.end());
  copy.resize(message.size() + message_padding);
  return copy;
}

Router::Router(const WorkerOptions& options, WorkerQueues& queues, connection::Server& server,
               Outbox& outbox, Keepalive& keepalive, WorkerMetrics& metrics)
    : options_(options),
      queues_(queues),
      server_(server),
      outbox_(outbox),
      keepalive_(keepalive),
      metrics_(metrics) {}

std::uint32_t Router::owner_of(const InfoHash& info_hash) const {
  const std::uint32_t count = queues_.worker_count();
  if (count == 1) return 0;
  const std::uint64_t hash = keyed_hash(options_.hash_secret, std::span(info_hash.bytes));
  return static_cast<std::uint32_t>((hash >> 32) * count >> 32);
}

// Null: it has gone, or is about to.
Connection* Router::find(const ConnectionRef& ref) {
  ConnectionBase* found = server_.connections().find(ref.index, ref.generation);
  if (found == nullptr || !found->is_open()) return nullptr;
  auto* connection = static_cast<Connection*>(found);
  const Session& session = connection->session;
  return session.is_websocket() && !session.close_reason ? connection : nullptr;
}

bool Router::post(std::uint32_t worker, WorkerMessage&& message) {
  const Posted posted = queues_.post(worker, std::move(message));
  if (posted.to_wake) server_.wake(*posted.to_wake);
  return posted.accepted;
}

void Router::send(const ConnectionRef& to, WorkerCounter kind, Parts parts) {
  if (to.worker == options_.index) {
    Connection* connection = find(to);
    if (connection == nullptr) return metrics_.count(WorkerCounter::dropped_gone);
    return outbox_.send_message(*connection, kind, parts);
  }
  WorkerMessage message{.kind = WorkerMessage::Kind::response, .counts_as = kind, .connection = to};
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  message.text.reserve(size);
  for (const std::string_view part : parts) {
    const auto bytes = std::as_bytes(std::span(part));
    message.text.insert(message.text.end(), bytes.begin(), bytes.end());
  }
  if (!post(to.worker, std::move(message))) metrics_.count(WorkerCounter::dropped_queue_full);
}

void Router::probe(const ConnectionRef& ref) {
  if (ref.worker != options_.index) {
    post(ref.worker, {.kind = WorkerMessage::Kind::probe, .connection = ref});
    return;
  }
  if (Connection* connection = find(ref)) keepalive_.probe(*connection);
}

bool Router::forward(Connection& connection, std::uint32_t owner,
                     std::span<const std::byte> message, std::uint32_t offers_max) {
  connection.session.is_pinned = true;
  connection.session.other_workers |= std::uint64_t{1} << owner % 64;
  const bool is_posted = post(owner, {.kind = WorkerMessage::Kind::request,
                                      .connection = ref_of(connection),
                                      .address = connection.session.address,
                                      .offers_max = offers_max,
                                      .text = padded(message)});
  if (is_posted) metrics_.count(WorkerCounter::forwarded);
  return is_posted;
}

bool Router::forward(std::uint32_t worker, const ConnectionRef& from,
                     std::unique_ptr<ScrapeRound> round) {
  const bool is_posted =
      post(worker,
           {.kind = WorkerMessage::Kind::scrape, .connection = from, .scrape = std::move(round)});
  if (is_posted) metrics_.count(WorkerCounter::forwarded);
  return is_posted;
}

void Router::move(WorkerMessage&& message) {
  DCHECK(message.kind == WorkerMessage::Kind::connection && message.detached && message.session);
  metrics_.count(WorkerCounter::connections_moved);
  post(message.connection.worker, std::move(message));
}

void Router::forget(const Connection& connection) {
  for (std::uint32_t worker = 0; worker < queues_.worker_count(); ++worker) {
    if (worker == options_.index || (connection.session.other_workers >> worker % 64 & 1) == 0)
      continue;
    post(worker, {.kind = WorkerMessage::Kind::forget, .connection = ref_of(connection)});
  }
}

bool Router::evict_elsewhere(std::uint16_t client_bucket) {
  const auto worker = queues_.who_can_evict_for(client_bucket);
  return worker && *worker != options_.index &&
         post(*worker, {.kind = WorkerMessage::Kind::evict, .client_bucket = client_bucket});
}

WorkerMessage* Router::next() {
  if (next_ == taken_.size()) {
    taken_.clear();
    next_ = 0;
    if (!queues_.take(options_.index, taken_)) return nullptr;
  }
  return &taken_[next_++];
}

}  // namespace gyre::ws
