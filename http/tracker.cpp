#include "http/tracker.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "common/tracker/connection_limits.hpp"
#include "common/tracker/stream_metrics.hpp"
#include "common/tracker/stream_options.hpp"

namespace gyre::http {
namespace {

constexpr std::size_t connection_size = 1024;  // of an idle one, without TLS

tracker::CoreOptions core_options(const Config& config) {
  return {.program = "gyre_http",
          .protocol = "http",
          .socket_workers = config.socket_workers,
          .metrics = config.metrics,
          .access_list = config.access_list};
}

tracker::SharedSwarmsOptions swarms_options(const Config& config,
                                            const tracker::ConnectionLimits& connections) {
  return {.with_ipv6 = config.network.listening.use_ipv6,
          .other_memory = tracker::process_size + connections.memory_needed,
          .limits = config.limits.swarms,
          .cleaning_interval_s = config.cleaning.torrent_cleaning_interval,
          .max_peer_age_s = config.cleaning.max_peer_age};
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
      connections_(tracker::limits_for(
          tracker::connection_needs(config.network.listening, config.limits.max_connections,
                                    connection_size, core_.worker_count()))),
      swarms_(swarms_options(config, connections_), core_) {
  for (std::size_t i = 0; i < core_.worker_count(); ++i) {
    worker_metrics_.push_back(std::make_unique<WorkerMetrics>());
  }
  if (const auto count_max = config.limits.max_connections_per_address; count_max > 0) {
    address_counts_.emplace(count_max, random_seed());
  }
  if (config.full_scrape.enabled) full_scrapes_.emplace(config.full_scrape.responses_per_interval);
  const config::ListeningConfig& listening = config.network.listening;
  if (config::wants_tls(listening))
    certificates_.emplace(listening.tls, connection::flight_size_max, core_);
}

tracker::Result Tracker::bind_sockets() {
  auto listeners = tracker::StreamListeners::bind(config_.network.listening, "http", "https",
                                                  core_.worker_count());
  if (!listeners) return std::unexpected(listeners.error());
  listeners_ = std::move(*listeners);
  return {};
}

tracker::Result Tracker::start_metrics() {
  return core_.start_metrics([this](metrics::ExpositionWriter& out) {
    out.counters(counter_rows, tracker::totals(worker_metrics_, &WorkerMetrics::counters));
    out.counters(worker_counter_rows,
                 tracker::totals(worker_metrics_, &WorkerMetrics::worker_counters));
    tracker::write_streams(out, worker_metrics_);
    tracker::write_latency(out, worker_metrics_);
    tracker::write_swarms(out, swarms_.maps());
  });
}

tracker::Result Tracker::start_workers() {
  auto started = core_.start_workers(
      [this](std::size_t index, int stop_fd) { return make_worker(index, stop_fd); });
  if (started) started = swarms_.start_cleaner();
  if (started && certificates_) started = certificates_->start();
  if (started && full_scrapes_) {
    started = core_.start_thread("full scrape", [this](const std::stop_token& stop) {
      renew_full_scrapes(stop);
      return tracker::Result{};
    });
  }
  return started;
}

std::expected<tracker::Core::Loop, std::string> Tracker::make_worker(std::size_t index,
                                                                     int stop_fd) {
  WorkerMetrics& metrics = *worker_metrics_[index];
  Handler handler(handler_options(), swarms_.maps(), Random(random_seed()), metrics);
  auto worker = Worker::create(worker_options(index, stop_fd), std::move(handler), core_.clock(),
                               core_.access_list(), metrics);
  if (!worker) return std::unexpected(worker.error());
  return [worker = std::move(*worker)] { return worker->run(); };
}

connection::Options Tracker::worker_options(std::size_t index, int stop_fd) {
  const DeadlinesConfig& deadlines = config_.deadlines;
  const std::size_t worker_count = core_.worker_count();
  connection::Options options =
      tracker::connection_options({.proxy = config_.network.proxy,
                                   .trusted_networks = trusted_networks_,
                                   .addresses = address_counts_ ? &*address_counts_ : nullptr,
                                   .ring_size = config_.network.ring_size,
                                   .deadlines = {.handshake = deadlines.handshake,
                                                 .request = deadlines.request,
                                                 .idle = deadlines.idle,
                                                 .write = deadlines.write,
                                                 .lingering = deadlines.lingering_close},
                                   .client_secret = client_secret_});
  options.listeners = listeners_.of_worker(index);
  options.connections_max = tracker::share_of_worker(connections_.connections, worker_count);
  options.stop_fd = stop_fd;
  options.input_memory = connections_.input_memory;
  options.tls_contexts = certificates_ ? &certificates_->contexts() : nullptr;
  options.connection_rate = {.per_second = config_.limits.connections_per_second_per_address};
  options.handshake_rate = {.per_second = config_.limits.handshakes_per_second_per_address};
  options.bucket_table = core_.bucket_table();
  options.handshakes_max = tracker::share_of_worker(connections_.handshakes, worker_count);
  return options;
}

HandlerOptions Tracker::handler_options() {
  const ProtocolConfig& protocol = config_.protocol;
  return {.max_scrape_torrents = protocol.max_scrape_torrents,
          .max_response_peers = protocol.max_response_peers,
          .announce_interval_s = protocol.peer_announce_interval,
          .announce_jitter_s = protocol.peer_announce_jitter,
          .min_announce_interval_s = protocol.min_announce_interval,
          .min_scrape_interval_s = protocol.min_scrape_interval,
          .peers_of_both_families = protocol.peers_of_both_families,
          .refusal_form = protocol.refusal,
          .non_compact = protocol.allow_non_compact,
          .external_ip = protocol.external_ip,
          .echo_lone_peer = protocol.echo_lone_peer,
          .keep_alive = config_.network.keep_alive,
          .address_header = tracker::address_header(config_.network.proxy),
          .trusted_networks = trusted_networks_,
          .request_rate = {.per_second = config_.limits.swarms.requests_per_second_per_address},
          .bucket_table = core_.bucket_table(),
          .full_scrapes = full_scrapes_ ? &*full_scrapes_ : nullptr,
          .warning_message = protocol.warning_message,
          .tracker_id = protocol.tracker_id};
}

tracker::Result Tracker::load_files() {
  return tracker::load_certificates(swarms_.load_access_list(), certificates_);
}

// The first lists follow each other quickly, while there is not much in them.
void Tracker::renew_full_scrapes(const std::stop_token& stop) {
  std::chrono::seconds pause{1};
  const std::chrono::seconds pause_max{config_.full_scrape.interval};
  while (!stop.stop_requested()) {
    full_scrapes_->replace(list_torrents(swarms_.maps(), *core_.access_list().get()));
    process::wait_for_stop(stop, pause);
    pause = std::min(2 * pause, pause_max);
  }
}

}  // namespace gyre::http
