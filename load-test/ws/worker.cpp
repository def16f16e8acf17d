#include "load-test/ws/worker.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/clock.hpp"
#include "common/base/text.hpp"

namespace gyre::load_test::ws {
namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr std::uint64_t millisecond_ns = 1'000'000;
constexpr std::uint64_t expire_interval_ns = 10 * millisecond_ns;
constexpr std::uint64_t connects_per_second_min = 200;  // that any tracker takes, with TLS too
constexpr std::uint32_t opening_max = 128;  // at a time, so that no queue of a listener overflows
constexpr int events_max = 256;
// What is passed on, after the stop, follows the last reply at once.
constexpr std::uint64_t quiet_ns = 100 * millisecond_ns;

}  // namespace

std::expected<std::unique_ptr<Worker>, std::string> Worker::create(const Config& config,
                                                                   const Community& community,
                                                                   std::uint32_t index,
                                                                   const Phase& first_phase) {
  std::unique_ptr<load_test::TlsClient> tls;
  if (config.enable_tls) {
    auto client = load_test::TlsClient::create(config.network.connections.tls_resumption);
    if (!client) return std::unexpected(client.error());
    tls = std::move(*client);
  }
  std::unique_ptr<Worker> worker(new Worker(config, community, index, first_phase, std::move(tls)));
  if (!worker->context_.epoll) {
    return std::unexpected(fmt::format("cannot create an epoll descriptor: {}", errno_text()));
  }
  return worker;
}

Worker::Worker(const Config& config, const Community& community, std::uint32_t index,
               const Phase& first_phase, std::unique_ptr<load_test::TlsClient> tls)
    : load_test::Worker(first_phase),
      config_(config),
      index_(index),
      active_count_(config.num_connections_per_worker),
      tls_(std::move(tls)),
      context_(config, community, tls_.get(), index) {
  const std::uint32_t idle_count =
      load_test::part_of(config.idle_connections, index, config.run.workers);
  clients_.reserve(active_count_ + idle_count);
  for (std::uint32_t i = 0; i < active_count_; ++i) {
    clients_.emplace_back(context_, index * active_count_ + i, i);
  }
  for (std::uint32_t i = 0; i < idle_count; ++i) {
    const std::uint32_t number = connection_count(config) + i * config.run.workers + index;
    clients_.emplace_back(context_, number, active_count_ + i);
  }
  listed_.resize(clients_.size());
  for (std::uint32_t key = 0; key < clients_.size(); ++key) closed_.push_back(key);
}

std::expected<void, std::string> Worker::run(const std::stop_token& stop) {
  if (config_.measure_after_max_connections_reached) {
    if (auto connected = get_connected(stop); !connected) return connected;
  }
  set_connected();
  while (!stop.stop_requested()) {
    begin_turn();
    const bool advanced = advance();
    open_due();
    const bool asked = ask();
    expire();
    end_turn(advanced || asked);
  }
  drain();
  return {};
}

std::expected<void, std::string> Worker::get_connected(const std::stop_token& stop) {
  const std::uint64_t each_ns = std::max(config_.connection_creation_interval_ms * millisecond_ns,
                                         second_ns / connects_per_second_min);
  const std::uint64_t deadline_ns = monotonic_ns() +
                                    config_.network.connections.connect_timeout * second_ns +
                                    clients_.size() * each_ns;
  while (!stop.stop_requested() && !all_are_ready()) {
    begin_turn();
    if (context_.now_ns > deadline_ns) return not_connected();
    advance();
    open_due();
    expire();
  }
  return {};
}

std::expected<void, std::string> Worker::not_connected() const {
  const auto count = [this](Count what) { return turn_phase_.statistics->counts.value(what); };
  return std::unexpected(fmt::format(
      "only {} of {} connections to {} in time; is a WebTorrent tracker listening there{}, does it "
      "accept so many, and may this process open so many files (ulimit -n)? {} upgrades were "
      "refused, {} connections were closed",
      ready_count_, clients_.size(), to_string(config_.run.server_address),
      config_.enable_tls ? " with TLS" : "", count(Count::upgrades_refused),
      count(Count::connections_ended)));
}

// Until it has been quiet for a while.
void Worker::drain() {
  std::uint64_t last_ns = monotonic_ns();
  do {
    begin_turn();
    turn_phase_.activity = Phase::Activity::connect;  // nothing new
    if (advance()) last_ns = context_.now_ns;
    expire();
  } while (context_.in_flight > 0 || context_.now_ns - last_ns < quiet_ns);
  for (Client& client : clients_) client.give_up_offers();
  const auto is_held = [](const Client& client) { return client.is_idle() && client.is_open(); };
  const auto held = static_cast<std::uint64_t>(std::ranges::count_if(clients_, is_held));
  turn_phase_.statistics->add(Count::idle_held, held);
}

void Worker::begin_turn() {
  turn_phase_ = phase();
  context_.now_ns = turn_began_ns_ = monotonic_ns();
  context_.statistics = turn_phase_.statistics;
}

void Worker::end_turn(bool busy) {
  if (!busy) turn_phase_.statistics->add(Count::idle_ns, monotonic_ns() - turn_began_ns_);
}

bool Worker::advance() {
  std::array<epoll_event, events_max> events;
  const int count = ::epoll_wait(context_.epoll.get(), events.data(), events_max, 0);
  for (int i = 0; i < count; ++i) {
    const std::uint32_t key = events[static_cast<std::size_t>(i)].data.u32;
    clients_[key].advance();
    after_change(key);
    context_.now_ns = monotonic_ns();
  }
  return count > 0;
}

// Puts the client on the lists where it belongs now.
void Worker::after_change(std::uint32_t key) {
  const Client& client = clients_[key];
  Listed& listed = listed_[key];
  const bool ready = client.is_open() && (!client.is_idle() || client.has_announced());
  ready_count_ += static_cast<std::uint32_t>(ready) - static_cast<std::uint32_t>(listed.ready);
  listed.ready = ready;
  const bool opening = !ready && !client.is_closed();
  opening_count_ +=
      static_cast<std::uint32_t>(opening) - static_cast<std::uint32_t>(listed.opening);
  listed.opening = opening;
  if (client.is_closed() && !std::exchange(listed.closed, true)) closed_.push_back(key);
  if (!client.is_idle() && client.can_ask() && !std::exchange(listed.free, true)) {
    free_.push_back(key);
  }
}

// One by one; a connection that fails begins again.
void Worker::open_due() {
  const std::uint64_t interval_ns = config_.connection_creation_interval_ms * millisecond_ns;
  for (std::size_t tries = closed_.size(); tries > 0 && opening_count_ < opening_max; --tries) {
    if (context_.now_ns < next_open_ns_) return;
    next_open_ns_ = std::max(next_open_ns_ + interval_ns, context_.now_ns);
    const std::uint32_t key = closed_.front();
    closed_.pop_front();
    listed_[key].closed = false;
    clients_[key].open();
    after_change(key);
  }
}

void Worker::expire() {
  if (context_.now_ns - expired_at_ns_ < expire_interval_ns) return;
  expired_at_ns_ = context_.now_ns;
  const std::uint64_t timeout_ns = config_.network.connections.response_timeout_ms * millisecond_ns;
  // Idle ones have nothing to wait for when they are ready.
  const std::size_t count = all_are_ready() ? active_count_ : clients_.size();
  for (std::uint32_t key = 0; key < count; ++key) {
    clients_[key].expire(context_.now_ns - timeout_ns);
    after_change(key);
  }
}

bool Worker::ask() {
  switch (turn_phase_.activity) {
    case Phase::Activity::connect:
      return false;
    case Phase::Activity::saturate:
      return ask_as_answered();
    case Phase::Activity::keep_rate:
      return ask_when_due();
  }
  return false;
}

// An echo does no more for a message than it must: all connections may have one on its way.
bool Worker::ask_as_answered() {
  const std::uint32_t most = config_.echo ? active_count_ : config_.network.max_in_flight;
  bool any = false;
  while (context_.in_flight < most && ask_next(context_.now_ns)) any = true;
  return any;
}

bool Worker::ask_when_due() {
  const bool begins = !schedule_ || schedule_->rate() != turn_phase_.rate;
  if (begins) schedule_.emplace(turn_phase_.rate, context_.now_ns, index_, config_.run.workers);
  bool any = false;
  while (schedule_->due(context_.now_ns) && ask_next(schedule_->next_ns())) {
    schedule_->take();
    any = true;
  }
  return any;
}

// By the client that has been free for longest. False: none is.
bool Worker::ask_next(std::uint64_t due_ns) {
  while (!free_.empty()) {
    const std::uint32_t key = free_.front();
    free_.pop_front();
    listed_[key].free = false;
    Client& client = clients_[key];
    if (!client.can_ask()) continue;
    client.ask(draw_request(), due_ns);
    after_change(key);
    return true;
  }
  return false;
}

Request Worker::draw_request() {
  const load_test::WeightConfig& weights = config_.torrents.weights;
  if (weights.weight_scrape == 0) return Request::announce;
  const std::uint32_t drawn =
      context_.random.below(weights.weight_announce + weights.weight_scrape);
  return drawn < weights.weight_announce ? Request::announce : Request::scrape;
}

}  // namespace gyre::load_test::ws
