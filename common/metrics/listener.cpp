#include "common/metrics/listener.hpp"

namespace gyre::metrics {

std::expected<net::TcpListener, std::string> listen_tcp(const net::SocketAddress& address) {
  auto listener = net::listen_tcp({.address = address, .reuse_port = false, .nonblocking = true});
  if (!listener) return std::unexpected("cannot serve metrics: " + listener.error());
  return listener;
}

}  // namespace gyre::metrics
