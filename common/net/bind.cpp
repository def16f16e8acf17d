#include "common/net/bind.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "common/base/text.hpp"
#include "common/net/socket_name.hpp"

namespace gyre::net {
namespace {

std::string advice_for(int error_number, const char* list_command) {
  switch (error_number) {
    case EADDRINUSE:
      return std::string("; another program uses it, see: ") + list_command;
    case EACCES:
      return "; ports below 1024 need root or CAP_NET_BIND_SERVICE (see also [privileges])";
    case EADDRNOTAVAIL:
      return "; this host does not have that address, see: ip address";
    case EINVAL:
      return "; a link-local address needs an interface, which cannot be configured: listen on "
             "[::]";
    case EAFNOSUPPORT:
      return "; this host has no IPv6, set network.use_ipv6 = false";
    default:
      return {};
  }
}

// Binding without SO_REUSEPORT works only if nobody else has the address.
bool can_bind_alone(const SocketAddress& address, int type, bool only_ipv6) {
  const SocketName name = socket_name_of(address);
  const Fd probe = make_socket(address, type, only_ipv6);
  // Connections in TIME_WAIT do not count.
  if ((type & SOCK_STREAM) != 0) set_option(probe.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  return ::bind(probe.get(), name.get(), name.size) == 0;
}

}  // namespace

bool set_option(int fd, int level, int option, int value) {
  return ::setsockopt(fd, level, option, &value, sizeof value) == 0;
}

Fd make_socket(const SocketAddress& address, int type, bool only_ipv6) {
  const bool ipv6 = address.family() == Family::ipv6;
  Fd fd(::socket(ipv6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0));
  if (fd && ipv6 && !set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, only_ipv6 ? 1 : 0)) {
    return {};
  }
  return fd;
}

bool is_free(const SocketAddress& address, int type, bool only_ipv6) {
  constexpr int attempts = 50;
  for (int attempt = 1; attempt < attempts; ++attempt) {
    if (can_bind_alone(address, type, only_ipv6) || errno != EADDRINUSE) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return can_bind_alone(address, type, only_ipv6);
}

std::string listen_error(const std::string& url, int error_number, const char* list_command) {
  return "cannot listen on " + url + ": " + errno_text(error_number) +
         advice_for(error_number, list_command);
}

}  // namespace gyre::net
