#include "ws/tracker.hpp"

#include <utility>

#include "common/tracker/swarm_options.hpp"
#include "ws/metrics_text.hpp"

namespace gyre::ws {
namespace {

constexpr std::size_t connection_size = 2048;  // of an idle one, without TLS

}  // namespace

std::expected<std::unique_ptr<Tracker>, std::string> Tracker::create(const Config& config) {
  std::unique_ptr<Tracker> tracker(new Tracker(config));
  for (const auto step :
       {&Tracker::bind_sockets, &Tracker::start_metrics, &Tracker::start_workers}) {
    if (auto done = (tracker.get()->*step)(); !done) return std::unexpected(done.error());
  }
  return tracker;
}

Tracker::Tracker(const Config& config)
    : config_(config),
      core_("ws", config.socket_workers, config.metrics, config.access_list, config.deny),
      streams_(
          config_.network, config_.deadlines,
          tracker::connection_needs(config.network, config.limits.max_connections, connection_size,
                                    core_.worker_count(), config.limits.max_memory),
          config.limits.max_connections_per_address, core_),
      budget_(tracker::budget_limits(config.limits.max_peers, config.limits.max_torrents)),
      memory_watch_(config.limits.max_memory, budget_),
      announce_interval_(config.protocol.peer_announce_interval, 0,
                         config.protocol.adaptive_interval),
      queues_(static_cast<std::uint32_t>(core_.worker_count()),
              {.count_max = WorkerQueues::default_limits.count_max,
               .size_max = streams_.limits().mailbox_memory}) {
  for (std::size_t i = 0; i < core_.worker_count(); ++i) {
    worker_metrics_.push_back(std::make_unique<WorkerMetrics>());
  }
  if (const auto count_max = config.limits.max_peers_per_address; count_max > 0) {
    peers_.emplace(count_max, random_seed());
  }
}

tracker::Result Tracker::start_metrics() {
  return core_.start_metrics([this](metrics::ExpositionWriter& out) {
    write_metrics(out, worker_metrics_, budget_);
    memory_watch_.write_metrics(out);
    announce_interval_.write_metrics(out);
  });
}

tracker::Result Tracker::start_workers() {
  auto started = core_.start_workers(
      [this](std::size_t index, int stop_fd) { return make_worker(index, stop_fd); });
  if (started) started = memory_watch_.start(core_);
  if (started) started = announce_interval_.start(core_);
  return started ? streams_.start() : started;
}

std::expected<tracker::Core::Loop, std::string> Tracker::make_worker(std::size_t index,
                                                                     int stop_fd) {
  auto worker = Worker::create(worker_options(index, stop_fd), Random(random_seed()),
                               *worker_metrics_[index]);
  if (!worker) return std::unexpected(worker.error());
  return [worker = std::move(*worker)] { return worker->run(); };
}

WorkerOptions Tracker::worker_options(std::size_t index, int stop_fd) {
  WorkerOptions options{
      .index = static_cast<std::uint32_t>(index),
      .config = config_,
      .connections = streams_.options_of(index, stop_fd),
      .hash_secret = core_.hash_secret(),
      .peer_addresses = peers_ ? &*peers_ : nullptr,
      .offer_count_max = ExpectedAnswers::count_in(streams_.limits().answers_memory),
      .unsent_memory = streams_.limits().unsent_memory,
      .clock = &core_.clock(),
      .access_list = &core_.access_list(),
      .budget = &budget_,
      .announce_interval = &announce_interval_.told_s(),
      .queues = &queues_,
      .address_header = streams_.address_header(),
      .trusted_networks = streams_.trusted_networks()};
  options.connections.connection_count = &connection_count_;
  const LimitsConfig& limits = config_.limits;
  options.connections.connection_rate = {.per_second = limits.connections_per_second_per_address};
  options.connections.handshake_rate = {.per_second = limits.handshakes_per_second_per_address};
  return options;
}

tracker::Result Tracker::load_files() {
  return streams_.load_certificates(core_.load_lists());
}

}  // namespace gyre::ws
