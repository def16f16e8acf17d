#include "load-test/udp/worker.hpp"

#include <algorithm>
#include <cerrno>

#include "common/base/clock.hpp"
#include "load-test/client_address.hpp"
#include "load-test/udp/response_check.hpp"

namespace gyre::load_test::udp {
namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr std::uint64_t millisecond_ns = 1'000'000;
constexpr std::uint64_t expire_interval_ns = 10 * millisecond_ns;

Count request_count_of(Kind kind) {
  return static_cast<Count>(static_cast<std::size_t>(Count::connect_requests) +
                            static_cast<std::size_t>(kind));
}

// Responses are a variant in the order of their counts.
Count response_count_of(const gyre::udp::Response& response) {
  return static_cast<Count>(static_cast<std::size_t>(Count::connect_responses) + response.index());
}

std::optional<Ipv4Address> source_for(const Config& config, std::uint32_t index) {
  if (!config.network.multiple_client_ipv4s) return std::nullopt;
  return load_test::loopback_client(config.run.server_address, index);
}

ClientOptions client_options(const Config& config, std::uint32_t index) {
  const NetworkConfig& network = config.network;
  return {.server = config.run.server_address,
          .source = source_for(config, index),
          .receive_buffer_size = network.recv_buffer,
          .in_flight_max = network.max_in_flight,
          .id_age_max_ns = network.connection_max_age * second_ns,
          .response_timeout_ns = network.response_timeout_ms * millisecond_ns};
}

}  // namespace

std::expected<std::unique_ptr<Worker>, std::string> Worker::create(
    const Config& config, std::uint32_t index, std::span<const load_test::Peer> peers,
    const Phase& first_phase) {
  std::unique_ptr<Worker> worker(new Worker(config, index, peers, first_phase));
  for (std::uint32_t i = 0; i < config.network.sockets_per_worker; ++i) {
    auto client = Client::open(client_options(config, index));
    if (!client) return std::unexpected(client.error());
    worker->clients_.push_back(std::move(*client));
  }
  return worker;
}

Worker::Worker(const Config& config, std::uint32_t index, std::span<const load_test::Peer> peers,
               const Phase& first_phase)
    : load_test::Worker(first_phase),
      config_(config),
      index_(index),
      saturating_count_min_(std::min<std::uint32_t>(Train::datagrams_max / 2,
                                                    (config.network.max_in_flight + 1) / 2)),
      source_(config.requests, peers, config.run.seed, index) {}

std::expected<void, std::string> Worker::run(const std::stop_token& stop) {
  now_ns_ = monotonic_ns();
  if (auto connected = await_connection(stop); !connected) return connected;
  while (!stop.stop_requested()) {
    begin_turn();
    const bool received = receive();
    const bool sent = send();
    expire();
    end_turn(received || sent);
  }
  drain();
  return {};
}

// Until every client has an id.
std::expected<void, std::string> Worker::await_connection(const std::stop_token& stop) {
  const std::uint64_t deadline_ns = now_ns_ + config_.network.connect_timeout * second_ns;
  const auto has_id = [this](const Client& client) { return client.has_id(now_ns_); };
  while (!stop.stop_requested() && !std::ranges::all_of(clients_, has_id)) {
    if (now_ns_ > deadline_ns) {
      return std::unexpected("no connection id from udp://" +
                             to_string(config_.run.server_address) + " within " +
                             std::to_string(config_.network.connect_timeout) +
                             " s; is a tracker listening there, and is no firewall in between?");
    }
    begin_turn();
    renew_ids();
    receive();
    expire();
  }
  set_connected();
  return {};
}

void Worker::drain() {
  while (in_flight() > 0) {
    begin_turn();
    for (Client& client : clients_) flush(client);
    receive();
    expire();
  }
}

void Worker::begin_turn() {
  now_ns_ = monotonic_ns();
  turn_phase_ = phase();
}

void Worker::end_turn(bool busy) {
  if (!busy) turn_phase_.statistics->add(Count::idle_ns, monotonic_ns() - now_ns_);
}

bool Worker::receive() {
  bool any = false;
  for (Client& client : clients_) any |= client.in_flight() > 0 && receive(client);
  return any;
}

bool Worker::receive(Client& client) {
  const auto batch = receiver_.receive(client.fd());
  if (!batch) {
    if (batch.error() == ECONNREFUSED) turn_phase_.statistics->add(Count::refused);
    return false;
  }
  if (batch->empty()) return false;
  const std::uint64_t now_ns = monotonic_ns();
  for (const auto datagram : *batch) take(client, datagram, now_ns);
  return true;
}

void Worker::take(Client& client, std::span<const std::byte> datagram, std::uint64_t now_ns) {
  Statistics& statistics = *turn_phase_.statistics;
  const auto response = gyre::udp::parse_response(datagram, config_.run.server_address.family());
  if (!response) {
    const bool size = response.error() == gyre::udp::ResponseError::wrong_size;
    return statistics.add(size ? Count::wrong_size : Count::unknown_action);
  }
  const auto [found, request] = client.window().close(transaction_id_of(*response));
  switch (found) {
    case Window::Found::waiting:
      return accept(client, *response, request, now_ns);
    case Window::Found::late:
      return statistics.add(Count::late);
    case Window::Found::unknown:
      return statistics.add(Count::unknown_transaction);
  }
}

void Worker::accept(Client& client, const gyre::udp::Response& response, const Request& request,
                    std::uint64_t now_ns) {
  Statistics& statistics = *turn_phase_.statistics;
  const Family family = config_.run.server_address.family();
  if (const auto fault =
          fault_of(response, request, config_.requests.announce_peers_wanted, family)) {
    return statistics.add(*fault);
  }
  statistics.add(response_count_of(response));
  statistics.latency.record(now_ns - std::min(now_ns, request.due_ns));
  if (const auto* announce = std::get_if<gyre::udp::AnnounceResponse>(&response)) {
    const std::size_t peer_count = announce->peers.size() / compact_peer_size(family);
    statistics.add(Count::peers, peer_count);
    statistics.peers.record(peer_count);
  } else if (const auto* connect = std::get_if<gyre::udp::ConnectResponse>(&response)) {
    client.set_id(connect->connection_id, now_ns);
  }
}

void Worker::expire() {
  if (now_ns_ - expired_at_ns_ < expire_interval_ns) return;
  expired_at_ns_ = now_ns_;
  const std::uint64_t timeout_ns = config_.network.response_timeout_ms * millisecond_ns;
  for (Client& client : clients_) {
    turn_phase_.statistics->add(Count::lost, client.window().expire(now_ns_ - timeout_ns));
  }
}

bool Worker::send() {
  const bool renewed = renew_ids();
  switch (turn_phase_.activity) {
    case Phase::Activity::connect:
      return renewed;
    case Phase::Activity::saturate:
      return send_saturating() || renewed;
    case Phase::Activity::keep_rate:
      return send_due() || renewed;
  }
  return renewed;
}

bool Worker::send_saturating() {
  bool any = false;
  for (Client& client : clients_) {
    if (!client.has_id(now_ns_)) continue;
    const std::uint32_t count = client.askable();
    if (count >= saturating_count_min_) {
      any = true;
      const std::uint64_t due_ns = monotonic_ns();
      for (std::uint32_t i = 0; i < count; ++i) ask(client, source_.draw_kind(), due_ns);
    }
    flush(client);
  }
  return any;
}

bool Worker::send_due() {
  const bool begins = !schedule_ || schedule_->rate() != turn_phase_.rate;
  if (begins) schedule_.emplace(turn_phase_.rate, now_ns_, index_, config_.run.workers);
  if (!schedule_->due(now_ns_)) return false;
  Client* client = next_askable_client();
  if (client == nullptr) return false;
  for (std::uint32_t left = client->askable(); left > 0 && schedule_->due(now_ns_); --left) {
    ask(*client, source_.draw_kind(), schedule_->take());
  }
  flush(*client);
  return true;
}

// In turn, so that the load is spread over the sockets; those whose trains wait get a new chance.
Client* Worker::next_askable_client() {
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    next_client_ = (next_client_ + 1) % clients_.size();
    Client& client = clients_[next_client_];
    flush(client);
    if (client.askable() > 0 && client.has_id(now_ns_)) return &client;
  }
  return nullptr;
}

bool Worker::renew_ids() {
  bool any = false;
  for (Client& client : clients_) {
    if (client.askable() == 0 || !client.needs_id(now_ns_)) continue;
    any = true;
    ask(client, Kind::connect, now_ns_);
    flush(client);
  }
  return any;
}

void Worker::ask(Client& client, Kind kind, std::uint64_t due_ns) {
  client.ask(kind, source_, due_ns, now_ns_);
  turn_phase_.statistics->add(request_count_of(kind));
}

void Worker::flush(Client& client) {
  const auto sent = client.send();
  if (!sent && sent.error() == ECONNREFUSED) turn_phase_.statistics->add(Count::refused);
}

std::uint32_t Worker::in_flight() const {
  std::uint32_t count = 0;
  for (const Client& client : clients_) count += client.in_flight();
  return count;
}

}  // namespace gyre::load_test::udp
