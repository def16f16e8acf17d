// A bound UDP socket with the options that the trackers need.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "common/base/fd.hpp"
#include "common/net/socket_address.hpp"

namespace gyre::net {

struct UdpSocketOptions {
  SocketAddress address;                  // port 0: the kernel chooses one
  bool only_ipv6 = true;                  // IPV6_V6ONLY
  std::uint32_t receive_buffer_size = 0;  // bytes, 0: the system's default
  std::uint32_t send_buffer_size = 0;
  // IPv4 only: set "don't fragment", which spares the kernel the choice of a fragment id. For
  // sockets whose datagrams fit every path.
  bool never_fragment = false;
  // Fail if anybody else is bound to the address, which SO_REUSEPORT would allow. For the first
  // socket of an address.
  bool must_be_free = false;
};

struct UdpSocket {
  Fd fd;
  SocketAddress address;  // as bound, with the real port
  // On a wildcard address: datagrams carry the address they were sent to, and responses leave from
  // it.
  bool with_packet_info = false;
  std::uint32_t receive_buffer_size = 0;  // what the kernel granted
  std::uint32_t send_buffer_size = 0;
};

// Binds with SO_REUSEPORT, so that each worker has a socket on the same address. The error names
// the address and says what to do.
std::expected<UdpSocket, std::string> bind_udp(const UdpSocketOptions& options);

// Datagrams that the kernel has dropped since bind(2) because the receive buffer was full: the
// counter of SO_RXQ_OVFL, read without having to receive a datagram.
std::uint32_t kernel_drop_count(int fd);

// Whether an error of receiving concerns one datagram, or the moment: then receiving goes on.
bool is_passing(int error_number);

// Keeps further datagrams out of the receive buffer; those in it can still be read.
void stop_receiving(int fd);

}  // namespace gyre::net
