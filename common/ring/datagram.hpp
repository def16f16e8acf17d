// A received datagram as the kernel lays it out in a receive buffer, and what a response needs of
// it: who sent it, and to which of the host's addresses. Pure functions over bytes.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/net/socket_address.hpp"

namespace gyre::ring {

// Sizes of the source address and, on sockets bound to a wildcard address, of the control message
// with the destination address.
inline constexpr std::size_t source_size = sizeof(sockaddr_in6);
inline constexpr std::size_t packet_info_size = CMSG_SPACE(sizeof(in6_pktinfo));
static_assert(packet_info_size >= CMSG_SPACE(sizeof(in_pktinfo)));

// What a receive buffer holds besides the payload: the kernel's header (io_uring_recvmsg_out, four
// 32-bit numbers), the source address and control messages.
inline constexpr std::size_t receive_overhead = 16 + source_size + packet_info_size;

// The msghdr of multishot receives, which determines the layout; `with_packet_info` for sockets on
// wildcard addresses.
msghdr receive_shape(bool with_packet_info);

// Lifetime: everything points into the receive buffer.
struct ReceivedDatagram {
  std::span<const std::byte> source;   // a sockaddr_in or sockaddr_in6
  std::span<const std::byte> control;  // control messages, may be empty
  std::span<const std::byte> payload;  // truncated at the end of the buffer
};

// Where the payload begins. The kernel always fills at least this much of a buffer.
std::size_t payload_offset(const msghdr& shape);

// REQUIRES: the buffer has at least payload_offset() bytes.
ReceivedDatagram received_in(std::span<const std::byte> buffer, const msghdr& shape);

// The same, but nullopt if the buffer is too short.
std::optional<ReceivedDatagram> parse_received(std::span<const std::byte> buffer,
                                               const msghdr& shape);

// The source as the swarms see it: IPv4-mapped addresses are IPv4.
net::SocketAddress source_of(const ReceivedDatagram& datagram);

// Writes to `control` the message that makes a response leave from the address that the request was
// sent to. Returns its size; 0 if the datagram does not tell the address.
// REQUIRES: `control` has packet_info_size bytes.
std::size_t write_reply_control(std::span<const std::byte> received_control,
                                std::span<std::byte> control);

}  // namespace gyre::ring
