#include "udp/tracker.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <bit>

#include "common/process/secret_file.hpp"
#include "common/process/workers.hpp"
#include "common/tracker/metrics_text.hpp"
#include "common/tracker/swarm_options.hpp"

namespace gyre::udp {
namespace {

void warn_about_small_buffer(const char* what, const char* sysctl, std::uint32_t granted,
                             std::uint32_t wanted) {
  if (granted >= wanted) return;
  spdlog::warn(fmt::format("{} buffer has {} bytes instead of {}; allow more with: sysctl -w {}={}",
                           what, granted, wanted, sysctl, wanted));
}

// Whether all responses fit the smallest MTU that IPv6 guarantees, taken for IPv4 too.
bool responses_fit_every_path(const ProtocolConfig& protocol) {
  constexpr std::size_t payload_everywhere = 1232;
  const std::size_t announce_size =
      announce_response_head_size + protocol.max_response_peers * compact_peer_size(Family::ipv4);
  const std::size_t scrape_size =
      scrape_response_head_size + protocol.max_scrape_torrents * scrape_row_size;
  return std::min<std::size_t>(std::max(announce_size, scrape_size), protocol.max_payload_ipv4) <=
         payload_everywhere;
}

void write_overload(metrics::ExpositionWriter& out,
                    const tracker::AllMetrics<WorkerMetrics>& workers) {
  std::uint64_t level = 0;
  for (const auto& worker : workers) level = std::max(level, worker->overload_level.load());
  out.gauge("gyre_overload_level", "Overload level of the worker that sheds most: 0 (none) to 8.",
            "", level);
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
      core_("udp", config.socket_workers, config.metrics, config.access_list, config.deny),
      swarms_(config.limits, config.cleaning, config.network.peer_addresses,
              config.protocol.peer_announce_interval, config.protocol.peer_announce_jitter,
              config.protocol.adaptive_interval, core_),
      sockets_(core_.worker_count()) {
  for (std::size_t i = 0; i < core_.worker_count(); ++i) {
    worker_metrics_.push_back(std::make_unique<WorkerMetrics>());
  }
}

void Tracker::stop() {
  for (const auto& sockets : sockets_) {
    for (const net::UdpSocket& socket : sockets) net::stop_receiving(socket.fd.get());
  }
  core_.stop();
}

tracker::Result Tracker::bind_sockets() {
  const NetworkConfig& network = config_.network;
  const auto bind_all = [this](const config::AddressList& addresses) {
    tracker::Result bound;
    for (const net::SocketAddress& address : addresses) {
      if (bound) bound = bind_address(address);
    }
    return bound;
  };
  if (network.use_ipv4) {
    if (auto bound = bind_all(network.address_ipv4); !bound) return bound;
  }
  return network.use_ipv6 ? bind_all(network.address_ipv6) : tracker::Result{};
}

// One socket per worker: the kernel distributes the sources among them.
tracker::Result Tracker::bind_address(const net::SocketAddress& address) {
  const NetworkConfig& network = config_.network;
  net::UdpSocketOptions options{.address = address,
                                .only_ipv6 = network.set_only_ipv6,
                                .receive_buffer_size = network.socket_recv_buffer_size,
                                .send_buffer_size = network.socket_send_buffer_size,
                                .never_fragment = responses_fit_every_path(config_.protocol),
                                .must_be_free = true};
  for (auto& sockets : sockets_) {
    auto socket = net::bind_udp(options);
    if (!socket) return std::unexpected(socket.error());
    options.address = socket->address;  // the others share the port that the first one got
    options.must_be_free = false;
    sockets.push_back(std::move(*socket));
  }
  const net::UdpSocket& first = sockets_.front().back();
  spdlog::info(fmt::format("listening on udp://{}", to_string(first.address)));
  spdlog::info(fmt::format("announce URL: {}", tracker::announce_url("udp", first.address)));
  warn_about_small_buffer("receive", "net.core.rmem_max", first.receive_buffer_size,
                          network.socket_recv_buffer_size);
  warn_about_small_buffer("send", "net.core.wmem_max", first.send_buffer_size,
                          network.socket_send_buffer_size);
  return {};
}

tracker::Result Tracker::start_metrics() {
  return core_.start_metrics([this](metrics::ExpositionWriter& out) {
    out.counters(counter_rows, tracker::totals(worker_metrics_, &WorkerMetrics::counters));
    tracker::write_ring_overflows(out,
                                  tracker::sum(worker_metrics_, &WorkerMetrics::ring_overflows));
    out.counter("gyre_receive_pauses_total",
                "Times that receiving paused because all receive buffers were in use.", "",
                tracker::sum(worker_metrics_, &WorkerMetrics::receive_pauses));
    write_overload(out, worker_metrics_);
    tracker::write_latency(out, worker_metrics_);
    swarms_.write_metrics(out);
  });
}

tracker::Result Tracker::start_workers() {
  const std::string& secret_path = config_.protocol.connection_id_secret_path;
  auto secret = secret_path.empty()
                    ? std::expected<ConnectionSecret, std::string>(random_connection_secret())
                    : load_connection_secret(secret_path);
  if (!secret) return std::unexpected(secret.error());
  const auto warning =
      process::secret_file_warning("protocol.connection_id_secret_path", secret_path);
  if (!warning.empty()) spdlog::warn(warning);
  const ConnectionIds ids(*secret, config_.max_connection_age);
  auto started = core_.start_workers(
      [this, ids](std::size_t index, int stop_fd) { return make_worker(index, ids, stop_fd); });
  return started ? swarms_.start() : started;
}

std::expected<tracker::Core::Loop, std::string> Tracker::make_worker(std::size_t index,
                                                                     const ConnectionIds& ids,
                                                                     int stop_fd) {
  process::disable_thread_cache();  // this is the worker's thread
  WorkerMetrics& metrics = *worker_metrics_[index];
  ClientRates rates({.per_second = config_.limits.requests_per_second_per_address},
                    core_.bucket_table());
  Handler handler(config_.protocol, swarms_.maps(), ids, Random(random_seed()), metrics,
                  std::move(rates));
  handler.trust_ip_field(
      *net::NetworkList::parse(config_.network.peer_addresses.trusted_ip_parameter));
  auto worker = Worker::create(worker_options(index, stop_fd), std::move(handler), core_.clock(),
                               core_.access_list(), metrics);
  if (!worker) return std::unexpected(worker.error());
  return [worker = std::move(*worker)] { return worker->run(); };
}

WorkerOptions Tracker::worker_options(std::size_t index, int stop_fd) const {
  return {.sockets = sockets_[index],
          .ring_size = std::bit_ceil(config_.network.ring_size),
          .payload_size_max =
              std::max(config_.protocol.max_payload_ipv4, config_.protocol.max_payload_ipv6),
          .stop_fd = stop_fd,
          .deny_lists = &core_.deny_lists(),
          .announce_interval = &swarms_.announce_interval().told_s()};
}

}  // namespace gyre::udp
