#include "ws/tracker.hpp"

#include <utility>

#include "common/process/host.hpp"
#include "common/tracker/stream_options.hpp"
#include "common/tracker/swarm_options.hpp"
#include "ws/metrics_text.hpp"

namespace gyre::ws {
namespace {

tracker::CoreOptions core_options(const Config& config) {
  return {.program = "gyre_ws",
          .protocol = "ws",
          .socket_workers = config.socket_workers,
          .metrics = config.metrics,
          .access_list = config.access_list};
}

constexpr std::size_t connection_size = 2048;  // of an idle one, without TLS

swarm::BudgetLimits budget_limits(const LimitsConfig& limits,
                                  const tracker::ConnectionLimits& connections) {
  // Bytes of a torrent with three peers in Swarms: measured, plus a margin.
  constexpr std::uint64_t torrent_size = 400;
  return tracker::budget_limits(limits.max_peers, limits.max_torrents,
                                {.memory = process::usable_memory(),
                                 .other_memory = tracker::process_size + connections.memory_needed,
                                 .torrent_size = torrent_size});
}

std::uint64_t ns_of(Seconds seconds) {
  return std::uint64_t{seconds} * 1'000'000'000;
}

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
      trusted_networks_(net::NetworkList::parse(config.network.proxy.trusted_networks).value()),
      core_(core_options(config)),
      connection_limits_(tracker::limits_for(
          tracker::connection_needs(config.network.listening, config.limits.max_connections,
                                    connection_size, core_.worker_count()))),
      budget_(budget_limits(config.limits, connection_limits_)),
      queues_(static_cast<std::uint32_t>(core_.worker_count()),
              {.count_max = WorkerQueues::default_limits.count_max,
               .size_max = connection_limits_.mailbox_memory}) {
  tracker::log_budget(budget_.limits());
  for (std::size_t i = 0; i < core_.worker_count(); ++i) {
    worker_metrics_.push_back(std::make_unique<WorkerMetrics>());
  }
  const auto limit = [](std::optional<limits::AddressCounts>& counts, std::uint32_t count_max) {
    if (count_max > 0) counts.emplace(count_max, random_seed());
  };
  limit(connections_, config.limits.max_connections_per_address);
  limit(peers_, config.limits.max_peers_per_address);
  const config::ListeningConfig& listening = config.network.listening;
  if (config::wants_tls(listening)) {
    certificates_.emplace(listening.tls, connection::flight_size_max, core_);
  }
}

tracker::Result Tracker::bind_sockets() {
  auto listeners =
      tracker::StreamListeners::bind(config_.network.listening, "ws", "wss", core_.worker_count());
  if (!listeners) return std::unexpected(listeners.error());
  listeners_ = std::move(*listeners);
  return {};
}

tracker::Result Tracker::start_metrics() {
  return core_.start_metrics(
      [this](metrics::ExpositionWriter& out) { write_metrics(out, worker_metrics_, budget_); });
}

tracker::Result Tracker::start_workers() {
  auto started = core_.start_workers(
      [this](std::size_t index, int stop_fd) { return make_worker(index, stop_fd); });
  return started && certificates_ ? certificates_->start() : started;
}

std::expected<tracker::Core::Loop, std::string> Tracker::make_worker(std::size_t index,
                                                                     int stop_fd) {
  const WorkerShares shares{.clock = core_.clock(),
                            .access_list = core_.access_list(),
                            .budget = budget_,
                            .queues = queues_};
  auto worker = Worker::create(worker_options(index, stop_fd), shares, Random(random_seed()),
                               *worker_metrics_[index]);
  if (!worker) return std::unexpected(worker.error());
  return [worker = std::move(*worker)] { return worker->run(); };
}

WorkerOptions Tracker::worker_options(std::size_t index, int stop_fd) {
  const NetworkConfig& network = config_.network;
  const LimitsConfig& limits = config_.limits;
  return {
      .index = static_cast<std::uint32_t>(index),
      .connections = connection_options(index, stop_fd),
      .handler = handler_options(),
      .message_size_max = network.websocket_max_message_size,
      .max_scrape_torrents = config_.protocol.max_scrape_torrents,
      .compression = network.enable_compression,
      .compress_from = network.compress_from,
      .unsent_max = limits.max_unsent,
      .unsent_memory = connection_limits_.unsent_memory,
      .message_rate = {.per_second = limits.messages_per_second, .burst = limits.messages_at_once},
      .offer_rate = {.per_second = limits.offers_per_second, .burst = limits.offers_at_once},
      .request_rate = {.per_second = limits.requests_per_second_per_address},
      .first_announce_time_max_ns = ns_of(config_.deadlines.first_announce),
      .ping_interval_ns = ns_of(config_.deadlines.ping_interval),
      .pong_time_max_ns = ns_of(config_.deadlines.pong),
      .origins = network.origins,
      .address_header = tracker::address_header(network.proxy),
      .trusted_networks = trusted_networks_};
}

connection::Options Tracker::connection_options(std::size_t index, int stop_fd) {
  const DeadlinesConfig& deadlines = config_.deadlines;
  connection::Options options =
      tracker::connection_options({.proxy = config_.network.proxy,
                                   .trusted_networks = trusted_networks_,
                                   .addresses = connections_ ? &*connections_ : nullptr,
                                   .ring_size = config_.network.ring_size,
                                   .deadlines = {.handshake = deadlines.handshake,
                                                 .request = deadlines.request,
                                                 .idle = deadlines.request,
                                                 .write = deadlines.write,
                                                 .lingering = deadlines.lingering_close},
                                   .client_secret = client_secret_});
  options.listeners = listeners_.of_worker(index);
  options.connections_max = connection_limits_.connections;
  options.connection_count = &connection_count_;
  options.stop_fd = stop_fd;
  options.input_memory = connection_limits_.input_memory;
  options.tls_contexts = certificates_ ? &certificates_->contexts() : nullptr;
  options.connection_rate = {.per_second = config_.limits.connections_per_second_per_address};
  options.handshake_rate = {.per_second = config_.limits.handshakes_per_second_per_address};
  options.bucket_table = core_.bucket_table();
  options.handshakes_max =
      tracker::share_of_worker(connection_limits_.handshakes, core_.worker_count());
  return options;
}

HandlerOptions Tracker::handler_options() {
  const LimitsConfig& limits = config_.limits;
  return {.max_offers = config_.protocol.max_offers,
          .announce_interval_s = config_.protocol.peer_announce_interval,
          .families_together = config_.protocol.peers_of_both_families,
          .swarms = {.secret = core_.hash_secret(),
                     .peers_per_swarm_max = limits.max_peers_per_swarm,
                     .peers_per_connection_max = limits.max_peers_per_connection,
                     .addresses = peers_ ? &*peers_ : nullptr},
          .offer_age_max = config_.cleaning.max_offer_age,
          .offer_count_max = ExpectedAnswers::count_in(connection_limits_.answers_memory)};
}

tracker::Result Tracker::load_files() {
  return tracker::load_certificates(core_.load_access_list(), certificates_);
}

}  // namespace gyre::ws
