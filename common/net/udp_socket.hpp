// A bound UDP socket as the trackers need it. Between the configuration's addresses and the ring;
// it receives and sends nothing itself.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "common/base/fd.hpp"
#include "common/net/socket_address.hpp"

namespace gyre::net {

struct UdpSocketOptions {
  SocketAddress address;                  // port 0: the kernel chooses one
  bool only_ipv6 = true;                  // of an IPv6 socket: leave IPv4 to others
  std::uint32_t receive_buffer_size = 0;  // bytes, 0: the system's default
  std::uint32_t send_buffer_size = 0;
  // Of IPv4: tell routers never to cut a datagram up, which spares the kernel the choice of an
  // identifier for its pieces. For sockets whose datagrams fit every path.
  bool never_fragment = false;
  // Fail when anybody else has the address, which SO_REUSEPORT alone does not. For the first socket
  // of an address.
  bool must_be_free = false;
};

struct UdpSocket {
  Fd fd;
  SocketAddress address;  // as bound, with the real port
  // Bound to a wildcard address: datagrams carry the address asked, and answers leave from it.
  bool with_packet_info = false;
  std::uint32_t receive_buffer_size = 0;  // what the kernel granted
  std::uint32_t send_buffer_size = 0;
};

// Binds with SO_REUSEPORT, so that each worker has a socket on the same address. The error names
// the address and says what to do.
std::expected<UdpSocket, std::string> bind_udp(const UdpSocketOptions& options);

// Datagrams that the kernel dropped because the socket's receive buffer was full, since it was
// bound: the counter that SO_RXQ_OVFL attaches to datagrams, which is read here without needing
// one.
std::uint32_t kernel_drop_count(int fd);

// Lets no further datagram into the receive buffer; those in it can still be read.
void stop_receiving(int fd);

}  // namespace gyre::net
