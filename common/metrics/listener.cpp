#include "common/metrics/listener.hpp"

namespace gyre::metrics {

std::expected<io::TcpListener, std::string> listen_tcp(const SocketAddress& address) {
  auto listener = io::listen_tcp({.address = address, .reuse_port = false, .nonblocking = true});
  if (!listener) return std::unexpected("cannot serve metrics: " + listener.error());
  return listener;
}

}  // namespace gyre::metrics
