#include "udp/tracker.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "common/process/host.hpp"
#include "udp/metrics_text.hpp"

namespace gyre::udp {
namespace {

std::string url_of(const SocketAddress& address) {
  return "udp://" + to_string(address);
}

// What to put into a torrent: a wildcard address is no place to reach anybody at.
std::string announce_url(const SocketAddress& address) {
  const std::string host =
      address.is_wildcard() ? "YOUR-HOST:" + std::to_string(address.port) : to_string(address);
  return "udp://" + host + "/announce";
}

void warn_of_small_buffer(const char* what, const char* sysctl, std::uint32_t granted,
                          std::uint32_t wanted) {
  if (granted >= wanted) return;
  spdlog::warn("{} buffer is {} bytes, {} were asked for; allow it with: sysctl -w {}={}", what,
               granted, wanted, sysctl, wanted);
}

// Counts a worker as ready, or as failed when it leaves early, however it leaves.
class ReadyGuard {
 public:
  explicit ReadyGuard(std::latch& latch) : latch_(&latch) {}
  ReadyGuard(const ReadyGuard&) = delete;
  ReadyGuard& operator=(const ReadyGuard&) = delete;
  ~ReadyGuard() { now(); }
  void now() {
    if (latch_ != nullptr) std::exchange(latch_, nullptr)->count_down();
  }

 private:
  std::latch* latch_;
};

// What may be remembered if the configuration does not say: 70 % of the memory that sockets and the
// rest of the process leave, for torrents with three peers each, which is what costs most.
std::uint64_t torrents_that_fit(const Config& config, std::uint64_t memory) {
  constexpr std::uint64_t memory_unknown = std::uint64_t{512} << 20;
  constexpr std::uint64_t process_size = std::uint64_t{64} << 20;
  constexpr std::uint64_t ipv4_torrent_size = 130;  // measured, and some more
  constexpr std::uint64_t ipv6_torrent_size = 210;
  const NetworkConfig& network = config.network;
  if (memory == 0) memory = memory_unknown;
  memory -= std::min(memory / 4, process_size);
  return std::max<std::uint64_t>(
      memory * 7 / 10 / (network.use_ipv6 ? ipv6_torrent_size : ipv4_torrent_size), 1000);
}

swarm::SwarmMapsOptions swarm_options(const Config& config, std::uint64_t memory) {
  const LimitsConfig& limits = config.limits;
  const auto or_default = [](std::uint32_t set, std::uint64_t otherwise) {
    return set > 0 ? set : otherwise;
  };
  const std::uint64_t torrents = torrents_that_fit(config, memory);
  const std::uint64_t peers = or_default(limits.max_peers, 3 * torrents);
  const std::uint64_t swarm =
      or_default(limits.max_peers_per_swarm, std::max<std::uint64_t>(peers / 10, 1));
  return {.budget = {.peers = peers, .torrents = or_default(limits.max_torrents, torrents)},
          .swarm = {.peers_per_swarm = static_cast<std::uint32_t>(
                        std::min<std::uint64_t>(swarm, std::numeric_limits<std::uint32_t>::max())),
                    .peers_per_address = limits.max_peers_per_address}};
}

// Over IPv4, as far as there are paths that carry less than IPv6 asks of them.
bool answers_fit_every_path(const ProtocolConfig& protocol) {
  constexpr std::size_t payload_everywhere = 1232;
  const std::size_t announce_size =
      announce_response_head_size + protocol.max_response_peers * compact_peer_size(Family::ipv4);
  const std::size_t scrape_size =
      scrape_response_head_size + protocol.max_scrape_torrents * scrape_row_size;
  return std::min<std::size_t>(std::max(announce_size, scrape_size), protocol.max_payload_ipv4) <=
         payload_everywhere;
}

Family family_of_socket(const io::UdpSocket& socket) {
  return socket.address.family();
}

}  // namespace

std::expected<std::unique_ptr<Tracker>, std::string> Tracker::create(const Config& config) {
  std::unique_ptr<Tracker> tracker(new Tracker(config));
  for (const auto step :
       {&Tracker::bind_sockets, &Tracker::start_metrics, &Tracker::start_threads}) {
    if (auto done = (tracker.get()->*step)(); !done) return std::unexpected(done.error());
  }
  return tracker;
}

Tracker::Tracker(const Config& config)
    : config_(config),
      worker_count_(config.socket_workers > 0 ? config.socket_workers
                                              : process::usable_cpu_count()),
      swarms_(swarm::random_hash_secret(), swarm_options(config, process::usable_memory())),
      cleaner_({.interval_s = config.cleaning.torrent_cleaning_interval,
                .max_peer_age_s = config.cleaning.max_peer_age},
               swarms_, clock_, access_list_),
      sockets_(worker_count_),
      workers_ready_(static_cast<std::ptrdiff_t>(worker_count_)) {
  for (std::size_t i = 0; i < worker_count_; ++i) {
    worker_metrics_.push_back(std::make_unique<WorkerMetrics>());
  }
}

Tracker::~Tracker() {
  stop();
}

std::expected<void, std::string> Tracker::load_access_list() {
  const auto mode = static_cast<swarm::AccessMode>(config_.access_list.mode);
  auto list = swarm::AccessList::load(mode, config_.access_list.path);
  if (!list) return std::unexpected("access list: " + list.error());
  if (mode != swarm::AccessMode::off) {
    spdlog::info("access list: {} info hashes, mode {}", list->size(),
                 names_of(config_.access_list.mode)[static_cast<std::size_t>(mode)]);
  }
  access_list_.replace(std::move(*list));
  cleaner_.clean_soon();
  return {};
}

void Tracker::serve() {
  serving_.count_down();
}

void Tracker::stop() {
  if (!serving_.try_wait()) serving_.count_down();
  for (const auto& sockets : sockets_) {
    for (const io::UdpSocket& socket : sockets) io::stop_receiving(socket.fd.get());
  }
  if (!group_) return;
  group_->request_stop();
  group_->join();
}

std::expected<void, std::string> Tracker::bind_sockets() {
  const swarm::BudgetLimits& room = swarms_.budget.limits();
  spdlog::info("room for {} peers and {} torrents", room.peers, room.torrents);
  const NetworkConfig& network = config_.network;
  const auto bind_all = [this](const config::AddressList& addresses) {
    std::expected<void, std::string> bound;
    for (const SocketAddress& address : addresses) {
      if (bound) bound = bind_address(address);
    }
    return bound;
  };
  if (network.use_ipv4) {
    if (auto bound = bind_all(network.address_ipv4); !bound) return bound;
  }
  return network.use_ipv6 ? bind_all(network.address_ipv6) : std::expected<void, std::string>{};
}

// One socket for each worker; the kernel spreads sources over them.
std::expected<void, std::string> Tracker::bind_address(const SocketAddress& address) {
  const NetworkConfig& network = config_.network;
  io::UdpSocketOptions options{.address = address,
                               .only_ipv6 = network.set_only_ipv6,
                               .receive_buffer_size = network.socket_recv_buffer_size,
                               .send_buffer_size = network.socket_send_buffer_size,
                               .never_fragment = answers_fit_every_path(config_.protocol),
                               .must_be_free = true};
  for (auto& sockets : sockets_) {
    auto socket = io::bind_udp(options);
    if (!socket) return std::unexpected(socket.error());
    options.address = socket->address;  // the others join the port that the first one got
    options.must_be_free = false;
    sockets.push_back(std::move(*socket));
  }
  const io::UdpSocket& first = sockets_.front().back();
  spdlog::info("listening on {}", url_of(first.address));
  spdlog::info("announce URL: {}", announce_url(first.address));
  warn_of_small_buffer("receive", "net.core.rmem_max", first.receive_buffer_size,
                       network.socket_recv_buffer_size);
  warn_of_small_buffer("send", "net.core.wmem_max", first.send_buffer_size,
                       network.socket_send_buffer_size);
  return {};
}

std::expected<void, std::string> Tracker::start_metrics() {
  if (!config_.metrics.run_prometheus_endpoint) return {};
  auto listener = metrics::listen_tcp(config_.metrics.prometheus_endpoint_address);
  if (!listener) return std::unexpected(listener.error());
  const std::string url = "http://" + to_string(listener->address);
  auto endpoint = metrics::Endpoint::start(
      std::move(listener->fd), {.title = "gyre_udp", .render = [this] {
                                  return metrics_text(worker_metrics_, swarms_, process_metrics_);
                                }});
  if (!endpoint) return std::unexpected(endpoint.error());
  endpoint_ = std::move(*endpoint);
  spdlog::info("metrics on {}/metrics, for humans on {}/", url, url);
  return {};
}

std::expected<void, std::string> Tracker::start_threads() {
  const std::string& secret_path = config_.protocol.connection_id_secret_path;
  auto secret = secret_path.empty()
                    ? std::expected<ConnectionSecret, std::string>(random_connection_secret())
                    : load_connection_secret(secret_path);
  if (!secret) return std::unexpected(secret.error());
  const ConnectionIds ids(*secret, config_.cleaning.max_connection_age);

  auto group = process::WorkerGroup::create();
  if (!group) return std::unexpected(group.error());
  group_ = std::move(*group);
  for (std::size_t index = 0; index < worker_count_; ++index) {
    if (auto started = start_worker(index, ids); !started) return started;
  }
  workers_ready_.wait();
  if (const auto failures = group_->failures(); !failures.empty()) {
    return std::unexpected(failures.front());
  }
  return group_->start("cleaner", [this](const std::stop_token& stop) {
    cleaner_.run(stop);
    return std::expected<void, std::string>{};
  });
}

std::expected<void, std::string> Tracker::start_worker(std::size_t index,
                                                       const ConnectionIds& ids) {
  return group_->start(
      "worker " + std::to_string(index),
      [this, index, ids](const std::stop_token& stop) { return run_worker(index, ids, stop); });
}

std::expected<void, std::string> Tracker::run_worker(std::size_t index, const ConnectionIds& ids,
                                                     const std::stop_token& stop) {
  ReadyGuard ready(workers_ready_);
  auto stop_event = EventFd::create();
  auto worker = stop_event ? Worker::create(worker_options(index, stop_event->fd()),
                                            Handler(handler_options(), swarms_, ids,
                                                    Random(random_seed()), *worker_metrics_[index]),
                                            clock_, access_list_, *worker_metrics_[index])
                           : std::unexpected(stop_event.error());
  if (!worker) return std::unexpected(worker.error());
  const std::stop_callback wake(stop, [&] { stop_event->signal(); });
  ready.now();
  serving_.wait();
  return (*worker)->run();
}

WorkerOptions Tracker::worker_options(std::size_t index, int stop_fd) const {
  WorkerOptions options{.listeners = {},
                        .ring_size = std::bit_ceil(config_.network.ring_size),
                        .payload_size_max = std::max(config_.protocol.max_payload_ipv4,
                                                     config_.protocol.max_payload_ipv6),
                        .stop_fd = stop_fd};
  for (const io::UdpSocket& socket : sockets_[index]) {
    options.listeners.push_back({.fd = socket.fd.get(),
                                 .family = family_of_socket(socket),
                                 .with_packet_info = socket.with_packet_info,
                                 .name = url_of(socket.address)});
  }
  return options;
}

HandlerOptions Tracker::handler_options() const {
  const ProtocolConfig& protocol = config_.protocol;
  return {.max_scrape_torrents = protocol.max_scrape_torrents,
          .max_response_peers = protocol.max_response_peers,
          .announce_interval_s = protocol.peer_announce_interval,
          .announce_jitter_s = protocol.peer_announce_jitter,
          .max_payload_ipv4 = protocol.max_payload_ipv4,
          .max_payload_ipv6 = protocol.max_payload_ipv6,
          .echo_lone_peer = protocol.echo_lone_peer};
}

}  // namespace gyre::udp
