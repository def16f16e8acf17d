#include "common/tracker/stream_listeners.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "common/base/check.hpp"
#include "common/tracker/core.hpp"

namespace gyre::tracker {

std::expected<StreamListeners, std::string> StreamListeners::bind(
    const config::ListeningConfig& config, std::string_view plain_scheme,
    std::string_view secure_scheme, std::size_t worker_count) {
  StreamListeners listeners(plain_scheme, secure_scheme, worker_count);
  if (auto bound = listeners.bind_all(config); !bound) return std::unexpected(bound.error());
  return listeners;
}

Result StreamListeners::bind_all(const config::ListeningConfig& config) {
  const auto bind_each = [&](const config::AddressList& addresses, bool secure) {
    Result bound;
    for (const net::SocketAddress& address : addresses) {
      if (bound) bound = bind_address(config, address, secure);
    }
    return bound;
  };
  Result bound;
  if (config.use_ipv4) bound = bind_each(config.address_ipv4, config.tls.enable_tls);
  if (bound && config.use_ipv6) bound = bind_each(config.address_ipv6, config.tls.enable_tls);
  if (bound) bound = bind_each(config.tls.tls_addresses, true);
  for (const std::string& path : config.unix_sockets) {
    if (bound) bound = bind_path(config, path);
  }
  return bound;
}

// One socket for each worker: the kernel distributes connections among them.
Result StreamListeners::bind_address(const config::ListeningConfig& config,
                                     const net::SocketAddress& address, bool secure) {
  net::TcpListenerOptions options{.address = address,
                                  .only_ipv6 = config.set_only_ipv6,
                                  .backlog = static_cast<int>(config.tcp_backlog),
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

Result StreamListeners::bind_path(const config::ListeningConfig& config, const std::string& path) {
  auto listener = net::UnixListener::create(path, config::socket_mode(config).value(),
                                            static_cast<int>(config.tcp_backlog));
  if (!listener) return std::unexpected(listener.error());
  unix_.push_back(std::move(*listener));
  spdlog::info(fmt::format("listening on unix:{}", path));
  return {};
}

std::string StreamListeners::url(bool secure, const net::SocketAddress& address) const {
  return std::string(secure ? secure_scheme_ : plain_scheme_) + "://" + to_string(address);
}

std::vector<connection::Listener> StreamListeners::of_worker(std::size_t index) const {
  DCHECK(index < tcp_.size() || secure_.empty());
  std::vector<connection::Listener> all;
  for (std::size_t i = 0; i < secure_.size(); ++i) {
    const net::TcpListener& listener = tcp_[index][i];
    all.push_back(
        {.fd = listener.fd.get(), .secure = secure_[i], .name = url(secure_[i], listener.address)});
  }
  for (const net::UnixListener& listener : unix_) {
    all.push_back({.fd = listener.fd(), .is_unix = true, .name = "unix:" + listener.path()});
  }
  return all;
}
}  // namespace gyre::tracker
