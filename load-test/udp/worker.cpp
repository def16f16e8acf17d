#include "load-test/udp/worker.hpp"

#include <algorithm>
#include <cerrno>

#include "common/base/check.hpp"
#include "common/base/clock.hpp"
#include "load-test/udp/response_check.hpp"

namespace gyre::load_test::udp {
namespace {

// Responses are a variant in the order of their counts.
Count response_count_of(const gyre::udp::Response& response) {
  return static_cast<Count>(static_cast<std::size_t>(Count::connect_responses) + response.index());
}

}  // namespace

std::expected<std::unique_ptr<Worker>, std::string> Worker::create(const Config& config,
                                                                   std::uint32_t index,
                                                                   std::span<const Peer> peers,
                                                                   const Phase& first_phase) {
  std::unique_ptr<Worker> worker(
      new Worker(config, index, share_of(peers, index, config.run.workers), first_phase));
  for (std::uint32_t i = 0; i < config.network.sockets_per_worker; ++i) {
    auto client = Client::open(config, index);
    if (!client) return std::unexpected(client.error());
    worker->clients_.push_back(std::move(*client));
  }
  return worker;
}

Worker::Worker(const Config& config, std::uint32_t index, std::span<const Peer> peers,
               const Phase& first_phase)
    : load_test::Worker(config.run, index, first_phase),
      config_(config),
      batch_size_min_(std::min<std::uint32_t>(SegmentBatch::datagrams_max / 2,
                                              (config.network.max_in_flight + 1) / 2)),
      source_(config.requests, peers, config.run.seed, index) {}

bool Worker::advance() {
  bool any = false;
  for (Client& client : clients_) {
    flush(client);  // what the socket did not take before
    any |= client.in_flight() > 0 && receive(client);
  }
  return any;
}

bool Worker::receive(Client& client) {
  const auto batch = receiver_.receive(client.fd());
  if (!batch) {
    if (batch.error() == ECONNREFUSED) add(Count::refused);
    return false;
  }
  if (batch->empty()) return false;
  const std::uint64_t now_ns = monotonic_ns();
  for (const auto datagram : *batch) take(client, datagram, now_ns);
  return true;
}

void Worker::take(Client& client, std::span<const std::byte> datagram, std::uint64_t now_ns) {
  const auto response = gyre::udp::parse_response(datagram, config_.run.server_address.family());
  if (!response) {
    const bool size = response.error() == gyre::udp::ParseError::wrong_size;
    return add(size ? Count::wrong_size : Count::unknown_action);
  }
  const auto request = client.window().close(transaction_id_of(*response));
  if (!request) return add(request.error());
  accept(client, *response, *request, now_ns);
}

void Worker::accept(Client& client, const gyre::udp::Response& response, const Request& request,
                    std::uint64_t now_ns) {
  const Family family = config_.run.server_address.family();
  if (const auto fault =
          fault_of(response, request, config_.requests.announce_peers_wanted, family)) {
    return add(*fault);
  }
  add(response_count_of(response));
  statistics().latency.record(now_ns - std::min(now_ns, request.due_ns));
  if (const auto* announce = std::get_if<gyre::udp::AnnounceResponse>(&response)) {
    const std::size_t peer_count = announce->peers.size() / compact_peer_size(family);
    add(Count::peers, peer_count);
    statistics().peers.record(peer_count);
  } else if (const auto* connect = std::get_if<gyre::udp::ConnectResponse>(&response)) {
    client.set_id(connect->connection_id, now_ns);
  }
}

void Worker::expire() {
  const std::uint64_t timeout_ns = config_.network.response_timeout_ms * millisecond_ns;
  for (Client& client : clients_) add(Count::lost, client.window().expire(now_ns() - timeout_ns));
}

// Renews connection ids.
bool Worker::keep_connected() {
  bool any = false;
  for (Client& client : clients_) {
    if (client.askable() == 0 || !client.needs_id(now_ns())) continue;
    any = true;
    ask(client, Kind::connect, now_ns());
    flush(client);
  }
  return any;
}

bool Worker::is_ready() const {
  return std::ranges::all_of(clients_,
                             [this](const Client& client) { return client.has_id(now_ns()); });
}

bool Worker::is_waiting() const {
  return std::ranges::any_of(clients_, [](const Client& client) { return client.in_flight() > 0; });
}

std::uint64_t Worker::connect_time_max_ns() const {
  return config_.network.connect_timeout * second_ns;
}

std::string Worker::not_connected() const {
  return "no connection id from udp://" + to_string(config_.run.server_address) + " within " +
         std::to_string(config_.network.connect_timeout) +
         " s; is a tracker listening there, and is no firewall in between?";
}

bool Worker::ask_all() {
  bool any = false;
  for (Client& client : clients_) {
    if (!client.has_id(now_ns())) continue;
    const std::uint32_t count = client.askable();
    if (count < batch_size_min_) continue;
    any = true;
    const std::uint64_t due_ns = monotonic_ns();
    for (std::uint32_t i = 0; i < count; ++i) ask(client, source_.draw_kind(), due_ns);
    flush(client);
  }
  return any;
}

bool Worker::ask_due(Schedule& schedule) {
  if (!schedule.due(now_ns())) return false;
  Client* client = next_askable_client();
  if (client == nullptr) return false;
  for (std::uint32_t left = client->askable(); left > 0 && schedule.due(now_ns()); --left) {
    ask(*client, source_.draw_kind(), schedule.take());
  }
  flush(*client);
  return true;
}

// In turn, so that the load is spread over the sockets.
Client* Worker::next_askable_client() {
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    next_client_ = (next_client_ + 1) % clients_.size();
    Client& client = clients_[next_client_];
    if (client.askable() > 0 && client.has_id(now_ns())) return &client;
  }
  return nullptr;
}

void Worker::ask(Client& client, Kind kind, std::uint64_t due_ns) {
  client.ask(kind, source_, due_ns, now_ns());
  add(request_count_of(kind));
}

void Worker::flush(Client& client) {
  const auto sent = client.send();
  if (!sent && sent.error() == ECONNREFUSED) add(Count::refused);
}

}  // namespace gyre::load_test::udp
