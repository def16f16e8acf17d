#include "http/tracker.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "common/process/host.hpp"
#include "http/metrics_text.hpp"

namespace gyre::http_tracker {
namespace {

constexpr auto certificates_check_interval = std::chrono::seconds(2);

std::string_view scheme(bool secure) {
  return secure ? "https" : "http";
}

// Beside the swarms: what the process takes at rest, and its connections.
std::uint64_t other_memory(const Config& config) {
  constexpr std::uint64_t process_size = std::uint64_t{64} << 20;
  const std::uint64_t connection_size = 1024 + (wants_tls(config) ? tls::idle_session_size() : 0);
  return process_size + config.limits.max_connections * connection_size;
}

tracker::CoreOptions core_options(const Config& config) {
  return {.program = "gyre_http",
          .socket_workers = config.socket_workers,
          .with_ipv6 = config.network.use_ipv6,
          .other_memory = other_memory(config),
          .limits = config.limits.swarms,
          .cleaner = {.interval_s = config.cleaning.torrent_cleaning_interval,
                      .max_peer_age_s = config.cleaning.max_peer_age},
          .metrics = config.metrics,
          .access_list = config.access_list};
}

tls::CertificatesOptions certificates_options(const TlsConfig& config) {
  tls::CertificatesOptions options{.files = {},
                                   .ticket_lifetime = config.tls_ticket_lifetime,
                                   .flight_size_max = flight_size_max};
  for (std::size_t i = 0; i < config.tls_certificate_path.size(); ++i) {
    options.files.push_back({.certificate_path = config.tls_certificate_path[i],
                             .private_key_path = config.tls_private_key_path[i]});
  }
  return options;
}

http::AddressHeader address_header(const ProxyConfig& proxy) {
  if (!proxy.runs_behind_reverse_proxy) return {};
  constexpr std::array formats = {http::AddressFormat::list, http::AddressFormat::single,
                                  http::AddressFormat::forwarded};  // by HeaderFormat
  return {.name = proxy.reverse_proxy_ip_header_name,
          .format = formats[static_cast<std::size_t>(proxy.reverse_proxy_ip_header_format)]};
}

// Connections are not refused for it: the oldest give way sooner.
void warn_of_file_limit(std::uint32_t max_connections) {
  constexpr std::uint64_t other_files = 100;
  const auto limit = process::raise_file_limit();
  if (!limit || limit->now >= max_connections + other_files) return;
  spdlog::warn(
      "limits.max_connections is {}, but only {} files may be open; allow more with ulimit -n or "
      "systemd's LimitNOFILE=",
      max_connections, limit->now);
}

// So long, unless it is time to stop.
void wait(const std::stop_token& stop, std::chrono::seconds time) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, time, [] { return false; });
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
      trusted_networks_(NetworkList::parse(config.network.proxy.trusted_networks).value()),
      core_(core_options(config)),
      listeners_(core_.worker_count()) {
  for (std::size_t i = 0; i < core_.worker_count(); ++i) {
    worker_metrics_.push_back(std::make_unique<WorkerMetrics>());
  }
  if (const auto count_max = config.limits.max_connections_per_address; count_max > 0) {
    address_counts_.emplace(count_max, random_seed());
  }
  if (config.full_scrape.enabled) full_scrapes_.emplace(config.full_scrape.responses_per_interval);
  if (wants_tls(config)) {
    certificates_.emplace(certificates_options(config.network.tls));
    spdlog::info("TLS by {}", tls::library_name());
  }
}

tracker::Result Tracker::bind_sockets() {
  const NetworkConfig& network = config_.network;
  warn_of_file_limit(config_.limits.max_connections);
  const auto bind_all = [this](const config::AddressList& addresses, bool secure) {
    tracker::Result bound;
    for (const SocketAddress& address : addresses) {
      if (bound) bound = bind_address(address, secure);
    }
    return bound;
  };
  tracker::Result bound;
  if (network.use_ipv4) bound = bind_all(network.address_ipv4, network.tls.enable_tls);
  if (bound && network.use_ipv6) bound = bind_all(network.address_ipv6, network.tls.enable_tls);
  if (bound) bound = bind_all(network.tls.tls_addresses, true);
  for (const std::string& path : network.unix_sockets) {
    if (!bound) return bound;
    auto listener = io::UnixListener::create(path, static_cast<int>(network.tcp_backlog));
    if (!listener) return std::unexpected(listener.error());
    unix_listeners_.push_back(std::move(*listener));
    spdlog::info("listening on unix:{}", path);
  }
  return bound;
}

// One socket for each worker; the kernel spreads connections over them.
tracker::Result Tracker::bind_address(const SocketAddress& address, bool secure) {
  io::TcpListenerOptions options{.address = address,
                                 .only_ipv6 = config_.network.set_only_ipv6,
                                 .backlog = static_cast<int>(config_.network.tcp_backlog),
                                 .must_be_free = true};
  for (auto& listeners : listeners_) {
    auto listener = io::listen_tcp(options);
    if (!listener) return std::unexpected(listener.error());
    options.address = listener->address;  // the others join the port that the first one got
    options.must_be_free = false;
    listeners.push_back(std::move(*listener));
  }
  secure_.push_back(secure);
  spdlog::info("listening on {}://{}", scheme(secure), to_string(options.address));
  spdlog::info("announce URL: {}", tracker::announce_url(scheme(secure), options.address));
  return {};
}

tracker::Result Tracker::start_metrics() {
  return core_.start_metrics(
      [this](metrics::TextWriter& out) { write_counters(out, worker_metrics_); });
}

tracker::Result Tracker::start_workers() {
  auto started = core_.start_workers(
      [this](std::size_t index, int stop_fd) { return make_worker(index, stop_fd); });
  if (started && certificates_) {
    started = core_.start_thread("certificates", [this](const std::stop_token& stop) {
      watch_certificates(stop);
      return tracker::Result{};
    });
  }
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
  Handler handler(handler_options(), core_.swarms(), Random(random_seed()), metrics);
  auto worker = Worker::create(worker_options(index, stop_fd), std::move(handler), core_.clock(),
                               core_.access_list(), metrics);
  if (!worker) return std::unexpected(worker.error());
  return [worker = std::move(*worker)] { return worker->run(); };
}

WorkerOptions Tracker::worker_options(std::size_t index, int stop_fd) {
  const auto ns = [](Seconds seconds) { return std::uint64_t{seconds} * 1'000'000'000; };
  const DeadlinesConfig& deadlines = config_.deadlines;
  const auto worker_count = static_cast<std::uint32_t>(core_.worker_count());
  const std::uint32_t ring_size = std::bit_ceil(config_.network.ring_size);
  WorkerOptions options{
      .streams = {.listeners = {},
                  .connections_max = std::max(config_.limits.max_connections / worker_count, 1U),
                  .addresses = address_counts_ ? &*address_counts_ : nullptr,
                  .receive_buffer_count = ring_size / 2,
                  .send_slot_count = ring_size,
                  .deadlines_ns = {},
                  .stop_fd = stop_fd},
      .proxy_protocol = config_.network.proxy.proxy_protocol,
      .tls_contexts = certificates_ ? &certificates_->contexts() : nullptr};
  const auto set = [&](io::Deadline deadline, Seconds seconds) {
    options.streams.deadlines_ns[static_cast<std::size_t>(deadline)] = ns(seconds);
  };
  set(io::Deadline::greeting, deadlines.handshake);
  set(io::Deadline::first_request, deadlines.request);
  set(io::Deadline::request, deadlines.request);
  set(io::Deadline::idle, deadlines.idle);
  set(io::Deadline::write, deadlines.write);
  set(io::Deadline::send_slot, deadlines.write);
  set(io::Deadline::farewell, deadlines.farewell);

  auto& listeners = options.streams.listeners;
  for (std::size_t i = 0; i < secure_.size(); ++i) {
    const io::TcpListener& listener = listeners_[index][i];
    listeners.push_back(
        {.fd = listener.fd.get(),
         .secure = secure_[i],
         .name = std::string(scheme(secure_[i])) + "://" + to_string(listener.address)});
  }
  for (const io::UnixListener& listener : unix_listeners_) {
    listeners.push_back({.fd = listener.fd(), .is_unix = true, .name = "unix:" + listener.path()});
  }
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
          .other_family = static_cast<OtherFamily>(protocol.peers_of_both_families),
          .refusal_form = static_cast<RefusalForm>(protocol.refusal),
          .non_compact = protocol.allow_non_compact,
          .external_ip = protocol.external_ip,
          .echo_lone_peer = protocol.echo_lone_peer,
          .keep_alive = config_.network.keep_alive,
          .address_header = address_header(config_.network.proxy),
          .trusted_networks = trusted_networks_,
          .full_scrapes = full_scrapes_ ? &*full_scrapes_ : nullptr,
          .warning_message = protocol.warning_message,
          .tracker_id = protocol.tracker_id};
}

tracker::Result Tracker::load_files() {
  auto list = core_.load_access_list();
  auto certificates = certificates_ ? load_certificates() : tracker::Result{};
  if (!list && !certificates) return std::unexpected(list.error() + "; " + certificates.error());
  return list ? certificates : list;
}

tracker::Result Tracker::load_certificates() {
  const auto warnings = certificates_->load();
  if (!warnings) return std::unexpected("certificates: " + warnings.error());
  for (const std::string& warning : *warnings) spdlog::warn(warning);
  spdlog::info("certificates: {} read", config_.network.tls.tls_certificate_path.size());
  return {};
}

// Until it is told to stop.
void Tracker::watch_certificates(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    wait(stop, certificates_check_interval);
    certificates_->advance(core_.clock().seconds_at(monotonic_ns()));
    if (stop.stop_requested() || !certificates_->have_changed()) continue;
    if (const auto loaded = load_certificates(); !loaded) {
      spdlog::error("{}; what is in force stays", loaded.error());
    }
  }
}

// The first lists soon after one another: there is not much in them yet.
void Tracker::renew_full_scrapes(const std::stop_token& stop) {
  std::chrono::seconds pause{1};
  const std::chrono::seconds pause_max{config_.full_scrape.interval};
  while (!stop.stop_requested()) {
    full_scrapes_->replace(list_torrents(core_.swarms(), *core_.access_list().get()));
    wait(stop, pause);
    pause = std::min(2 * pause, pause_max);
  }
}

}  // namespace gyre::http_tracker
