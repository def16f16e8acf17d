#include "load-test/ws/worker.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/check.hpp"
#include "common/base/text.hpp"

namespace gyre::load_test::ws {
namespace {

constexpr std::uint64_t connects_per_second_min = 200;  // that any tracker takes, with TLS too
constexpr std::uint32_t opening_max = 128;  // at a time, so that no queue of a listener overflows
constexpr int events_max = 256;
// What is passed on, after the stop, follows the last reply at once.
constexpr std::uint64_t quiet_ns = 100'000'000;

}  // namespace

std::expected<std::unique_ptr<Worker>, std::string> Worker::create(
    const Config& config, std::uint32_t index, std::span<const Participant> participants,
    const Phase& first_phase) {
  auto connector = Connector::create(config.run.server_address, config.network, config.enable_tls);
  if (!connector) return std::unexpected(connector.error());
  std::unique_ptr<Worker> worker(
      new Worker(config, index, participants, first_phase, std::move(*connector)));
  if (!worker->context_.epoll) {
    return std::unexpected(fmt::format("cannot create an epoll descriptor: {}", errno_text()));
  }
  return worker;
}

Worker::Worker(const Config& config, std::uint32_t index, std::span<const Participant> participants,
               const Phase& first_phase, std::unique_ptr<Connector> connector)
    : load_test::Worker(config.run, index, first_phase),
      config_(config),
      active_count_(config.num_connections_per_worker),
      context_(config, participants, std::move(connector), *this, index) {
  const std::uint32_t idle_count = part_of(config.idle_connections, index, config.run.workers);
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

bool Worker::is_ready() const {
  return all_are_ready() || !config_.measure_after_max_connections_reached;
}

std::uint64_t Worker::connect_time_max_ns() const {
  const std::uint64_t each_ns = std::max(config_.connection_creation_interval_ms * millisecond_ns,
                                         second_ns / connects_per_second_min);
  return config_.network.connect_timeout * second_ns + clients_.size() * each_ns;
}

std::string Worker::not_connected() const {
  const auto count = [this](Count what) { return statistics().counts.value(what); };
  return fmt::format(
      "only {} of {} connections to {} in time; is a WebTorrent tracker listening there{}, does it "
      "accept so many, and may this process open so many files (ulimit -n)? {} upgrades were "
      "refused, {} connections were closed",
      ready_count_, clients_.size(), to_string(config_.run.server_address),
      config_.enable_tls ? " with TLS" : "", count(Count::upgrades_refused),
      count(Count::connections_ended));
}

bool Worker::advance() {
  std::array<epoll_event, events_max> events;
  const int count = ::epoll_wait(context_.epoll.get(), events.data(), events_max, 0);
  for (int i = 0; i < count; ++i) {
    const std::uint32_t key = events[static_cast<std::size_t>(i)].data.u32;
    clients_[key].advance();
    after_change(key);
    take_time();
  }
  if (count > 0) last_received_ns_ = now_ns();
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

// Opens connections one by one; one that fails begins again.
bool Worker::keep_connected() {
  const std::uint64_t interval_ns = config_.connection_creation_interval_ms * millisecond_ns;
  bool any = false;
  for (std::size_t tries = closed_.size(); tries > 0 && opening_count_ < opening_max; --tries) {
    if (now_ns() < next_open_ns_) break;
    next_open_ns_ = std::max(next_open_ns_ + interval_ns, now_ns());
    const std::uint32_t key = closed_.front();
    closed_.pop_front();
    listed_[key].closed = false;
    clients_[key].open();
    after_change(key);
    any = true;
  }
  return any;
}

void Worker::expire() {
  const std::uint64_t timeout_ns = config_.network.response_timeout_ms * millisecond_ns;
  // Idle ones have nothing to wait for when they are ready.
  const std::size_t count = all_are_ready() ? active_count_ : clients_.size();
  for (std::uint32_t key = 0; key < count; ++key) {
    clients_[key].expire(now_ns() - timeout_ns);
    after_change(key);
  }
}

// An echo does no more for a message than it must: all connections may have one on its way.
bool Worker::ask_all() {
  const std::uint32_t most = config_.echo ? active_count_ : config_.max_in_flight;
  bool any = false;
  while (context_.in_flight < most && ask_next(now_ns())) any = true;
  return any;
}

bool Worker::ask_due(Schedule& schedule) {
  bool any = false;
  while (schedule.due(now_ns()) && ask_next(schedule.next_ns())) {
    schedule.take();
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
    client.ask(draw_kind(), due_ns);
    after_change(key);
    return true;
  }
  return false;
}

Kind Worker::draw_kind() {
  const TorrentsConfig& torrents = config_.torrents;
  if (torrents.weight_scrape == 0) return Kind::announce;
  const std::uint32_t drawn =
      context_.random.below(torrents.weight_announce + torrents.weight_scrape);
  return drawn < torrents.weight_announce ? Kind::announce : Kind::scrape;
}

// Until it has been quiet for a while.
bool Worker::is_waiting() const {
  return context_.in_flight > 0 || now_ns() - last_received_ns_ < quiet_ns;
}

void Worker::end() {
  for (Client& client : clients_) client.give_up_offers();
  const auto is_held = [](const Client& client) { return client.is_idle() && client.is_open(); };
  add(Count::idle_held, static_cast<std::uint64_t>(std::ranges::count_if(clients_, is_held)));
}

}  // namespace gyre::load_test::ws
