#include "load-test/http/worker.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/check.hpp"

namespace gyre::load_test::http {
namespace {

constexpr std::uint64_t idle_per_second_min = 200;  // that any tracker takes, with TLS too

}  // namespace

std::expected<std::unique_ptr<Worker>, std::string> Worker::create(const Config& config,
                                                                   std::uint32_t index,
                                                                   std::span<const Peer> peers,
                                                                   const Phase& first_phase) {
  auto connector = Connector::create(config.run.server_address, config.network, config.enable_tls);
  if (!connector) return std::unexpected(connector.error());
  return std::unique_ptr<Worker>(new Worker(config, index,
                                            share_of(peers, index, config.run.workers), first_phase,
                                            std::move(*connector)));
}

Worker::Worker(const Config& config, std::uint32_t index, std::span<const Peer> peers,
               const Phase& first_phase, std::unique_ptr<Connector> connector)
    : load_test::Worker(config.run, index, first_phase),
      config_(config),
      idle_count_(part_of(config.idle_connections, index, config.run.workers)),
      context_{.config = config,
               .worker = *this,
               .connector = std::move(connector),
               .source = {config, peers, index}} {
  clients_.reserve(config.num_connections);
  while (clients_.size() < config.num_connections) clients_.emplace_back(context_);
  idle_.reserve(idle_count_);
}

// Every client has a connection, and all idle ones are held.
bool Worker::is_ready() const {
  return idle_.size() == idle_count_ && free_.size() == clients_.size();
}

std::uint64_t Worker::connect_time_max_ns() const {
  return config_.network.connect_timeout * second_ns +
         config_.num_connections * config_.connection_creation_interval_ms * millisecond_ns +
         idle_count_ * second_ns / idle_per_second_min;
}

std::string Worker::not_connected() const {
  const auto open = std::ranges::count_if(clients_, &Client::is_open);
  std::string idle;
  if (idle_count_ > 0) idle = fmt::format(" and {} of {} idle ones", idle_.size(), idle_count_);
  return fmt::format(
      "only {} of {} connections{} to {} within {} s; is a tracker listening there, does it accept "
      "so many, and may this process open so many files (ulimit -n)?",
      open, clients_.size(), idle, to_string(config_.run.server_address),
      config_.network.connect_timeout);
}

// Before the first request only: later, a client without a connection opens one when it asks.
bool Worker::keep_connected() {
  if (is_connected()) return false;
  open_more();
  hold_idle();
  return true;
}

// First connections begin one by one; one that fails begins again.
void Worker::open_more() {
  const std::uint64_t interval_ns = config_.connection_creation_interval_ms * millisecond_ns;
  if (opened_count_ == 0) next_open_ns_ = now_ns();
  for (; opened_count_ < clients_.size() && now_ns() >= next_open_ns_; ++opened_count_) {
    free_.push_back(opened_count_);
    next_open_ns_ += interval_ns;
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
      client.ask(Kind::announce, now_ns(), true);
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

// In the order in which requests were sent, which is mostly that of the responses. Tries that find
// nothing are time that the load tester has to spare.
bool Worker::advance() {
  const bool asks_again = saturates();
  bool any = false;
  std::size_t kept_count = 0;
  for (const std::uint32_t number : busy_) {
    Client& client = clients_[number];
    const bool advanced = client.advance();
    if (asks_again && !client.busy()) client.ask(context_.source.draw_kind(), now_ns());
    const std::uint64_t began_ns = now_ns();
    take_time();
    if (!advanced) add_idle(now_ns() - began_ns);
    any |= advanced;
    if (client.busy()) {
      busy_[kept_count++] = number;
    } else {
      free_.push_back(number);
    }
  }
  busy_.resize(kept_count);
  DCHECK(busy_.size() + free_.size() <= clients_.size());
  return any;
}

void Worker::expire() {
  const std::uint64_t timeout_ns = config_.network.response_timeout_ms * millisecond_ns;
  for (Client& client : clients_) client.expire(now_ns() - timeout_ns);
}

bool Worker::ask_all() {
  const std::size_t count = free_.size();
  for (std::size_t i = 0; i < count; ++i) ask_next(now_ns());
  return count > 0;
}

bool Worker::ask_due(Schedule& schedule) {
  bool any = false;
  for (; !free_.empty() && schedule.due(now_ns()); any = true) ask_next(schedule.take());
  return any;
}

// By the client that has been free for longest, so that no connection is idle for long.
void Worker::ask_next(std::uint64_t due_ns) {
  const std::uint32_t number = free_.front();
  free_.pop_front();
  Client& client = clients_[number];
  client.ask(context_.source.draw_kind(), due_ns);
  if (client.busy()) {
    busy_.push_back(number);
  } else {
    free_.push_back(number);
  }
}

bool Worker::is_waiting() const {
  return std::ranges::any_of(
      busy_, [this](std::uint32_t number) { return clients_[number].has_request(); });
}

void Worker::end() {
  const auto ended =
      static_cast<std::uint64_t>(std::ranges::count_if(idle_, &Connection::is_disturbed));
  add(Count::idle_held, idle_.size() - ended);
  add(Count::idle_ended, ended);
}

}  // namespace gyre::load_test::http
