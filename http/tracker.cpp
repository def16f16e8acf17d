#include "http/tracker.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "common/tracker/connection_limits.hpp"
#include "common/tracker/stream_metrics.hpp"
#include "common/tracker/swarm_options.hpp"

namespace gyre::http {
namespace {

constexpr std::size_t connection_size = 1024;  // of an idle one, without TLS

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
      core_("http", config.socket_workers, config.metrics, config.access_list, config.deny),
      streams_(config_.network, config_.deadlines,
               tracker::connection_needs(config.network, config.max_connections, connection_size,
                                         core_.worker_count(), config.limits.max_memory),
               config.max_connections_per_address, core_),
      swarms_(config.limits, config.cleaning, config.peer_addresses,
              config.protocol.peer_announce_interval, config.protocol.peer_announce_jitter,
              config.protocol.adaptive_interval, core_) {
  for (std::size_t i = 0; i < core_.worker_count(); ++i) {
    worker_metrics_.push_back(std::make_unique<WorkerMetrics>());
  }
  if (config.full_scrape.enabled) full_scrapes_.emplace(config.full_scrape.responses_per_interval);
}

tracker::Result Tracker::start_metrics() {
  return core_.start_metrics([this](metrics::ExpositionWriter& out) {
    out.counters(counter_rows, tracker::totals(worker_metrics_, &WorkerMetrics::counters));
    out.counters(worker_counter_rows,
                 tracker::totals(worker_metrics_, &WorkerMetrics::worker_counters));
    tracker::write_streams(out, worker_metrics_);
    tracker::write_latency(out, worker_metrics_);
    swarms_.write_metrics(out);
  });
}

tracker::Result Tracker::start_workers() {
  auto started = core_.start_workers(
      [this](std::size_t index, int stop_fd) { return make_worker(index, stop_fd); });
  if (started) started = swarms_.start();
  if (started) started = streams_.start();
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
  connection::Options options = streams_.options_of(index, stop_fd);
  options.connections_max = tracker::share_of_worker(options.connections_max, core_.worker_count());
  tracker::set(options, connection::Deadline::idle, config_.idle_deadline);
  options.connection_rate = {.per_second = config_.connections_per_second_per_address};
  options.handshake_rate = {.per_second = config_.handshakes_per_second_per_address};
  return options;
}

HandlerOptions Tracker::handler_options() {
  const ProtocolConfig& protocol = config_.protocol;
  return {
      .max_scrape_torrents = protocol.max_scrape_torrents,
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
      .keep_alive = config_.keep_alive,
      .address_header = streams_.address_header(),
      .trusted_networks = streams_.trusted_networks(),
      .trusted_ip_parameter = *net::NetworkList::parse(config_.peer_addresses.trusted_ip_parameter),
      .adaptive_interval_s = &swarms_.announce_interval().told_s(),
      .request_rate = {.per_second = config_.limits.requests_per_second_per_address},
      .bucket_table = core_.bucket_table(),
      .full_scrapes = full_scrapes_ ? &*full_scrapes_ : nullptr,
      .warning_message = protocol.warning_message,
      .tracker_id = protocol.tracker_id};
}

tracker::Result Tracker::load_files() {
  return streams_.load_certificates(swarms_.load_lists());
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
