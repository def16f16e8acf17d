#include "common/tracker/streams.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <bit>

#include "common/base/check.hpp"

namespace gyre::tracker {

void set(connection::Options& options, connection::Deadline deadline, Seconds length) {
  options.deadlines_ns[static_cast<std::size_t>(deadline)] = std::uint64_t{length} * 1'000'000'000;
}

std::uint32_t share_of_worker(std::uint32_t max_connections, std::size_t worker_count) {
  DCHECK(worker_count > 0);
  return std::max(max_connections / static_cast<std::uint32_t>(worker_count), 1U);
}

Streams::Streams(const config::NetworkConfig& network, const config::DeadlinesConfig& deadlines,
                 const ConnectionNeeds& needs, std::uint32_t address_max, Core& core)
    : network_(network),
      deadlines_(deadlines),
      core_(core),
      trusted_networks_(net::NetworkList::parse(network.proxy.trusted_networks).value()),
      limits_(limits_for(needs)),
      tcp_(core.worker_count()) {
  if (address_max > 0) address_counts_.emplace(address_max, random_seed());
  if (config::wants_tls(network)) {
    certificates_.emplace(network.tls, connection::flight_size_max, core);
  }
}

Result Streams::bind(std::string_view plain_scheme, std::string_view secure_scheme) {
  plain_scheme_ = plain_scheme;
  secure_scheme_ = secure_scheme;
  const auto bind_each = [&](const config::AddressList& addresses, bool secure) {
    Result bound;
    for (const net::SocketAddress& address : addresses) {
      if (bound) bound = bind_address(address, secure);
    }
    return bound;
  };
  Result bound;
  if (network_.use_ipv4) bound = bind_each(network_.address_ipv4, network_.tls.enable_tls);
  if (bound && network_.use_ipv6) {
    bound = bind_each(network_.address_ipv6, network_.tls.enable_tls);
  }
  if (bound) bound = bind_each(network_.tls.tls_addresses, true);
  for (const std::string& path : network_.unix_sockets) {
    if (bound) bound = bind_path(path);
  }
  return bound;
}

Result Streams::start() {
  return certificates_ ? certificates_->start() : Result{};
}

Result Streams::load_certificates(const Result& loaded) {
  const auto also = certificates_ ? certificates_->load() : Result{};
  if (!loaded && !also) return std::unexpected(loaded.error() + "; " + also.error());
  return loaded ? also : loaded;
}

Result Streams::check_files() const {
  const auto checked = core_.lists().check();
  return checked && certificates_ ? certificates_->check() : checked;
}

process::SandboxPaths Streams::sandbox_paths() const {
  process::SandboxPaths paths = core_.sandbox_paths();
  if (config::wants_tls(network_)) {
    for (const auto* files :
         {&network_.tls.tls_certificate_path, &network_.tls.tls_private_key_path}) {
      paths.read.insert(paths.read.end(), files->begin(), files->end());
    }
  }
  paths.removed = network_.unix_sockets;
  return paths;
}

connection::Options Streams::options_of(std::size_t worker, int stop_fd) {
  const std::uint32_t ring_size = std::bit_ceil(network_.ring_size);
  connection::Options options{
      .listeners = listeners_of(worker),
      .connections_max = limits_.connections,
      .addresses = address_counts_ ? &*address_counts_ : nullptr,
      .bucket_table = core_.bucket_table(),
      .proxy_protocol = network_.proxy.proxy_protocol,
      .proxies = network_.proxy.runs_behind_reverse_proxy || network_.proxy.proxy_protocol
                     ? &trusted_networks_
                     : nullptr,
      .deny_lists = &core_.deny_lists(),
      .client_secret = client_secret_,
      .limit_reached = log_limit_reached,
      .tls_contexts = certificates_ ? &certificates_->contexts() : nullptr,
      .handshakes_max = share_of_worker(limits_.handshakes, core_.worker_count()),
      .receive_buffer_count = ring_size / 2,
      .send_slot_count = ring_size,
      .input_memory = limits_.input_memory,
      .stop_fd = stop_fd};
  using enum connection::Deadline;
  set(options, handshake, deadlines_.handshake);
  for (const auto deadline : {first_request, request, message, idle}) {
    set(options, deadline, deadlines_.request);
  }
  set(options, write, deadlines_.write);
  set(options, send_slot, deadlines_.write);
  set(options, lingering, deadlines_.lingering_close);
  return options;
}

// One socket for each worker: the kernel distributes connections among them.
Result Streams::bind_address(const net::SocketAddress& address, bool secure) {
  net::TcpListenerOptions options{.address = address,
                                  .only_ipv6 = network_.set_only_ipv6,
                                  .backlog = static_cast<int>(network_.tcp_backlog),
                                  .must_be_free = true};
  for (auto& listeners : tcp_) {
    auto listener = net::listen_tcp(options);
    if (!listener) return std::unexpected(listener.error());
    options.address = listener->address;  // the others share the port that the first one got
    options.must_be_free = false;
    listeners.push_back(std::move(*listener));
  }
  secure_.push_back(secure);
  spdlog::info(fmt::format("listening on {}", url(secure, options.address)));
  spdlog::info(fmt::format("announce URL: {}",
                           announce_url(secure ? secure_scheme_ : plain_scheme_, options.address)));
  return {};
}

Result Streams::bind_path(const std::string& path) {
  auto listener = net::UnixListener::create(path, config::socket_mode(network_).value(),
                                            static_cast<int>(network_.tcp_backlog));
  if (!listener) return std::unexpected(listener.error());
  unix_.push_back(std::move(*listener));
  spdlog::info(fmt::format("listening on unix:{}", path));
  return {};
}

std::string Streams::url(bool secure, const net::SocketAddress& address) const {
  return std::string(secure ? secure_scheme_ : plain_scheme_) + "://" + to_string(address);
}

std::vector<connection::Listener> Streams::listeners_of(std::size_t worker) const {
  DCHECK(worker < tcp_.size() || secure_.empty());
  std::vector<connection::Listener> all;
  for (std::size_t i = 0; i < secure_.size(); ++i) {
    const net::TcpListener& listener = tcp_[worker][i];
    all.push_back(
        {.fd = listener.fd.get(), .secure = secure_[i], .name = url(secure_[i], listener.address)});
  }
  for (const net::UnixListener& listener : unix_) {
    all.push_back({.fd = listener.fd(), .is_unix = true, .name = "unix:" + listener.path()});
  }
  return all;
}

http1::AddressHeader Streams::address_header() const {
  const config::ProxyConfig& proxy = network_.proxy;
  if (!proxy.runs_behind_reverse_proxy) return {};
  return {.name = proxy.reverse_proxy_ip_header_name,
          .format = proxy.reverse_proxy_ip_header_format};
}

}  // namespace gyre::tracker
