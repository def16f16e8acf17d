#include "common/metrics/listener.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include "common/errno_text.hpp"
#include "common/socket_name.hpp"

namespace gyre::metrics {
namespace {

bool enable(const Fd& fd, int level, int option) {
  const int on = 1;
  return setsockopt(fd.get(), level, option, &on, sizeof on) == 0;
}

}  // namespace

std::expected<Listener, std::string> listen_tcp(const SocketAddress& address) {
  const auto failed = [&](const char* step) {
    const std::string reason = errno_text();
    return std::unexpected("cannot serve metrics on " + to_string(address) + ": " + step + ": " +
                           reason);
  };
  const SocketName name = socket_name_of(address);
  Fd fd(socket(name.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return failed("socket");
  if (!enable(fd, SOL_SOCKET, SO_REUSEADDR)) return failed("SO_REUSEADDR");
  if (address.family() == Family::ipv6 && !enable(fd, IPPROTO_IPV6, IPV6_V6ONLY)) {
    return failed("IPV6_V6ONLY");
  }
  if (bind(fd.get(), name.get(), name.size) != 0) return failed("bind");
  if (listen(fd.get(), SOMAXCONN) != 0) return failed("listen");
  const std::uint16_t port = bound_port(fd.get());
  return Listener{std::move(fd), {address.address, port}};
}

}  // namespace gyre::metrics
