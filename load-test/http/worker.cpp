#include "load-test/http/worker.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/clock.hpp"

namespace gyre::load_test::http {
namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr std::uint64_t millisecond_ns = 1'000'000;
constexpr std::uint64_t expire_interval_ns = 10 * millisecond_ns;
constexpr std::uint64_t idle_per_second_min = 200;  // that any tracker takes, with TLS too

}  // namespace

std::expected<std::unique_ptr<Worker>, std::string> Worker::create(
    const Config& config, std::uint32_t index, std::span<const load_test::Peer> peers,
    const Phase& first_phase) {
  std::unique_ptr<TlsClient> tls;
  if (config.enable_tls) {
    auto client = TlsClient::create(config.network.connections.tls_resumption);
    if (!client) return std::unexpected(client.error());
    tls = std::move(*client);
  }
  return std::unique_ptr<Worker>(new Worker(config, index, peers, first_phase, std::move(tls)));
}

Worker::Worker(const Config& config, std::uint32_t index, std::span<const load_test::Peer> peers,
               const Phase& first_phase, std::unique_ptr<TlsClient> tls)
    : load_test::Worker(first_phase),
      config_(config),
      index_(index),
      idle_count_(load_test::part_of(config.idle_connections, index, config.run.workers)),
      tls_(std::move(tls)),
      source_(config, peers, index),
      context_(config, source_, tls_.get()) {
  clients_.reserve(config.num_connections);
  while (clients_.size() < config.num_connections) clients_.emplace_back(context_);
  idle_.reserve(idle_count_);
}

std::expected<void, std::string> Worker::run(const std::stop_token& stop) {
  if (auto connected = get_connected(stop); !connected) return connected;
  while (!stop.stop_requested()) {
    begin_turn();
    const bool advanced = advance();
    const bool sent = send();
    expire();
    end_turn(advanced || sent);
  }
  drain();
  return {};
}

// Until every client has a connection, and all idle ones are held.
std::expected<void, std::string> Worker::get_connected(const std::stop_token& stop) {
  began_ns_ = monotonic_ns();
  const std::uint64_t deadline_ns =
      began_ns_ + config_.network.connections.connect_timeout * second_ns +
      config_.num_connections * config_.connection_creation_interval_ms * millisecond_ns +
      idle_count_ * second_ns / idle_per_second_min;
  while (!stop.stop_requested() && (idle_.size() < idle_count_ || free_.size() < clients_.size())) {
    begin_turn();
    if (context_.now_ns > deadline_ns) return not_connected();
    advance();
    open_more();
    hold_idle();
    expire();
  }
  set_connected();
  return {};
}

std::expected<void, std::string> Worker::not_connected() const {
  const auto open = std::ranges::count_if(clients_, &Client::is_open);
  std::string idle;
  if (idle_count_ > 0) idle = fmt::format(" and {} of {} idle ones", idle_.size(), idle_count_);
  return std::unexpected(fmt::format(
      "only {} of {} connections{} to {} within {} s; is a tracker listening there, does it accept "
      "so many, and may this process open so many files (ulimit -n)?",
      open, clients_.size(), idle, to_string(config_.run.server_address),
      config_.network.connections.connect_timeout));
}

// First connections begin one by one; one that fails begins again.
void Worker::open_more() {
  const std::uint64_t interval_ns = config_.connection_creation_interval_ms * millisecond_ns;
  while (opened_count_ < clients_.size() &&
         context_.now_ns >= began_ns_ + opened_count_ * interval_ns) {
    free_.push_back(opened_count_++);
  }
  std::erase_if(free_, [this](std::uint32_t number) {
    Client& client = clients_[number];
    if (client.is_open()) return false;
    client.open();
    if (client.busy()) busy_.push_back(number);
    return client.busy();
  });
}

// Connections that have served one announce are put aside, and their clients begin new ones.
void Worker::hold_idle() {
  for (std::size_t i = 0; i < free_.size() && idle_.size() < idle_count_;) {
    Client& client = clients_[free_[i]];
    if (client.has_served() && client.is_open()) {
      idle_.push_back(client.take_connection());
    } else if (client.is_open()) {
      client.ask(Kind::announce, context_.now_ns, true);
    }
    if (!client.busy()) {
      ++i;
      continue;
    }
    busy_.push_back(free_[i]);
    free_[i] = free_.back();
    free_.pop_back();
  }
}

void Worker::drain() {
  const auto has_request = [this](std::uint32_t number) { return clients_[number].has_request(); };
  do {
    begin_turn();
    turn_phase_.activity = Phase::Activity::connect;  // nothing new
    advance();
    expire();
  } while (std::ranges::any_of(busy_, has_request));
  const auto ended =
      static_cast<std::uint64_t>(std::ranges::count_if(idle_, &Connection::is_disturbed));
  turn_phase_.statistics->add(Count::idle_held, idle_.size() - ended);
  turn_phase_.statistics->add(Count::idle_ended, ended);
}

void Worker::begin_turn() {
  turn_phase_ = phase();
  context_.now_ns = turn_began_ns_ = monotonic_ns();
  context_.statistics = turn_phase_.statistics;
  fruitless_ns_ = 0;
}

void Worker::end_turn(bool busy) {
  const std::uint64_t idle_ns = busy ? fruitless_ns_ : monotonic_ns() - turn_began_ns_;
  turn_phase_.statistics->add(Count::idle_ns, idle_ns);
}

// In the order in which requests were sent, which is mostly that of the responses. Tries that find
// nothing are time that the load tester has to spare.
bool Worker::advance() {
  const bool asks_again = turn_phase_.activity == Phase::Activity::saturate;
  bool any = false;
  std::size_t kept_count = 0;
  for (const std::uint32_t number : busy_) {
    Client& client = clients_[number];
    const bool advanced = client.advance();
    if (asks_again && !client.busy()) client.ask(source_.draw_kind(), context_.now_ns);
    const std::uint64_t now_ns = monotonic_ns();
    if (!advanced) fruitless_ns_ += now_ns - context_.now_ns;
    context_.now_ns = now_ns;
    any |= advanced;
    if (client.busy()) {
      busy_[kept_count++] = number;
    } else {
      free_.push_back(number);
    }
  }
  busy_.resize(kept_count);
  return any;
}

void Worker::expire() {
  if (context_.now_ns - expired_at_ns_ < expire_interval_ns) return;
  expired_at_ns_ = context_.now_ns;
  const std::uint64_t timeout_ns = config_.network.connections.response_timeout_ms * millisecond_ns;
  for (Client& client : clients_) client.expire(context_.now_ns - timeout_ns);
}

bool Worker::send() {
  switch (turn_phase_.activity) {
    case Phase::Activity::connect:
      return false;
    case Phase::Activity::saturate:
      return send_all();
    case Phase::Activity::keep_rate:
      return send_due();
  }
  return false;
}

bool Worker::send_all() {
  const std::size_t count = free_.size();
  for (std::size_t i = 0; i < count; ++i) ask_next(context_.now_ns);
  return count > 0;
}

bool Worker::send_due() {
  const bool begins = !schedule_ || schedule_->rate() != turn_phase_.rate;
  if (begins) schedule_.emplace(turn_phase_.rate, context_.now_ns, index_, config_.run.workers);
  bool any = false;
  for (; !free_.empty() && schedule_->due(context_.now_ns); any = true) {
    ask_next(schedule_->take());
  }
  return any;
}

// By the client that has been free for longest, so that no connection is idle for long.
void Worker::ask_next(std::uint64_t due_ns) {
  const std::uint32_t number = free_.front();
  free_.pop_front();
  Client& client = clients_[number];
  client.ask(source_.draw_kind(), due_ns);
  if (client.busy()) {
    busy_.push_back(number);
  } else {
    free_.push_back(number);
  }
}

}  // namespace gyre::load_test::http
