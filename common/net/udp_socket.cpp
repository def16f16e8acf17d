#include "common/net/udp_socket.hpp"

#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "common/net/bind.hpp"
#include "common/net/socket_name.hpp"

namespace gyre::net {
namespace {

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

bool set_options(int fd, const UdpSocketOptions& options, bool with_packet_info) {
  const bool ipv6 = options.address.family() == Family::ipv6;
  if (!set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1)) return false;
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
    return std::unexpected(
        listen_error("udp://" + to_string(options.address), error_number, "ss -ulpn"));
  };
  const SocketName name = socket_name_of(options.address);
  UdpSocket socket{.fd = make_socket(options.address, SOCK_DGRAM, options.only_ipv6),
                   .address = options.address,
                   .with_packet_info = options.address.is_wildcard()};
  if (!socket.fd) return failed(errno);
  if (options.must_be_free && !is_free(options.address, SOCK_DGRAM, options.only_ipv6))
    return failed(errno);
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

bool is_passing(int error_number) {
  return error_number == ENOBUFS || error_number == EAGAIN || error_number == EINTR ||
         error_number == ENOMEM || error_number == ECANCELED || error_number == ECONNREFUSED ||
         error_number == EMSGSIZE;
}

}  // namespace gyre::net
