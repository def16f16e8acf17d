#include "common/io/udp_socket.hpp"

#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "common/errno_text.hpp"
#include "common/socket_name.hpp"

namespace gyre::io {
namespace {

bool set_option(int fd, int level, int option, int value) {
  return ::setsockopt(fd, level, option, &value, sizeof value) == 0;
}

// Asks for `size` bytes, as root beyond the system's limit, and returns what was granted.
std::uint32_t set_buffer_size(int fd, int force_option, int option, std::uint32_t size) {
  const int wanted = static_cast<int>(size);
  if (size > 0 && !set_option(fd, SOL_SOCKET, force_option, wanted)) {
    set_option(fd, SOL_SOCKET, option, wanted);
  }
  int granted = 0;
  socklen_t granted_size = sizeof granted;
  ::getsockopt(fd, SOL_SOCKET, option, &granted, &granted_size);
  return static_cast<std::uint32_t>(granted) / 2;  // the kernel doubles it for its bookkeeping
}

std::string bind_advice(int error_number) {
  switch (error_number) {
    case EADDRINUSE:
      return "; another program uses it, see: ss -ulpn";
    case EACCES:
      return "; ports below 1024 need root or CAP_NET_BIND_SERVICE (see also [privileges])";
    case EADDRNOTAVAIL:
      return "; this host has no such address, see: ip address";
    case EINVAL:
      return "; a link-local address needs an interface, which cannot be named here: listen on "
             "[::]";
    case EAFNOSUPPORT:
      return "; this host has no IPv6, set network.use_ipv6 = false";
    default:
      return {};
  }
}

// Binds without SO_REUSEPORT for a moment, which only works if nobody else has the address.
bool can_bind_alone(const UdpSocketOptions& options, const SocketName& name) {
  const Fd probe(::socket(name.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (options.address.family() == Family::ipv6) {
    set_option(probe.get(), IPPROTO_IPV6, IPV6_V6ONLY, options.only_ipv6 ? 1 : 0);
  }
  return ::bind(probe.get(), name.get(), name.size) == 0;
}

// The sockets of a tracker that was killed may live on for a moment.
bool is_free(const UdpSocketOptions& options, const SocketName& name) {
  constexpr int attempts = 50;
  for (int attempt = 1; attempt < attempts; ++attempt) {
    if (can_bind_alone(options, name) || errno != EADDRINUSE) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return can_bind_alone(options, name);
}

bool set_options(int fd, const UdpSocketOptions& options, bool with_packet_info) {
  const bool ipv6 = options.address.family() == Family::ipv6;
  if (!set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1)) return false;
  if (ipv6 && !set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, options.only_ipv6 ? 1 : 0)) return false;
  if (!ipv6 && options.never_fragment &&
      !set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE)) {
    return false;
  }
  if (!with_packet_info) return true;
  return ipv6 ? set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
              : set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
}

}  // namespace

std::expected<UdpSocket, std::string> bind_udp(const UdpSocketOptions& options) {
  const auto failed = [&](int error_number) {
    return std::unexpected("cannot listen on udp://" + to_string(options.address) + ": " +
                           errno_text(error_number) + bind_advice(error_number));
  };
  const SocketName name = socket_name_of(options.address);
  UdpSocket socket{.fd = Fd(::socket(name.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0)),
                   .address = options.address,
                   .with_packet_info = options.address.is_wildcard()};
  if (!socket.fd) return failed(errno);
  if (options.must_be_free && !is_free(options, name)) return failed(errno);
  const int fd = socket.fd.get();
  if (!set_options(fd, options, socket.with_packet_info)) return failed(errno);
  socket.receive_buffer_size =
      set_buffer_size(fd, SO_RCVBUFFORCE, SO_RCVBUF, options.receive_buffer_size);
  socket.send_buffer_size =
      set_buffer_size(fd, SO_SNDBUFFORCE, SO_SNDBUF, options.send_buffer_size);
  if (::bind(fd, name.get(), name.size) < 0) {
    return failed(errno);
  }
  socket.address.port = bound_port(fd);
  return socket;
}

std::uint32_t kernel_drop_count(int fd) {
  std::array<std::uint32_t, SK_MEMINFO_VARS> values{};
  socklen_t size = sizeof values;
  if (::getsockopt(fd, SOL_SOCKET, SO_MEMINFO, values.data(), &size) < 0) return 0;
  return values[SK_MEMINFO_DROPS];
}

void stop_receiving(int fd) {
  sock_filter drop_all{.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = 0};
  const sock_fprog program{.len = 1, .filter = &drop_all};
  ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

}  // namespace gyre::io
