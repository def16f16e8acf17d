// A received datagram as the kernel lays it out in a receive buffer, and what is needed to answer
// it: from whom, and to which of the host's addresses it came. Between the ring's buffers and the
// workers; pure functions over bytes.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/base/types.hpp"

namespace gyre::ring {

// Room for the source address and, for sockets bound to a wildcard address, for the message that
// tells the address asked.
inline constexpr std::size_t source_size = sizeof(sockaddr_in6);
inline constexpr std::size_t packet_info_size = CMSG_SPACE(sizeof(in6_pktinfo));
static_assert(packet_info_size >= CMSG_SPACE(sizeof(in_pktinfo)));

// What a receive buffer needs beside the payload: the kernel's header of four 32-bit numbers, the
// source address and control data.
inline constexpr std::size_t receive_overhead = 16 + source_size + packet_info_size;

// How received datagrams are laid out; `with_packet_info` for sockets on wildcard addresses.
msghdr receive_shape(bool with_packet_info);

// Lifetime: everything points into the receive buffer.
struct ReceivedDatagram {
  std::span<const std::byte> source;   // a sockaddr_in or sockaddr_in6
  std::span<const std::byte> control;  // control messages, may be empty
  std::span<const std::byte> payload;  // cut off where the buffer ended
};

// Where the payload begins. No kernel fills less of a buffer than that.
std::size_t payload_offset(const msghdr& shape);

// Requires: the buffer has payload_offset() bytes.
ReceivedDatagram received_in(std::span<const std::byte> buffer, const msghdr& shape);

// The same, but nothing if the buffer is too short for the shape.
std::optional<ReceivedDatagram> parse_received(std::span<const std::byte> buffer,
                                               const msghdr& shape);

// The source in the terms of the swarms: IPv4-mapped addresses are IPv4.
struct Source {
  Family family = Family::ipv4;
  Ipv4Address ipv4;
  Ipv6Address ipv6;
  std::uint16_t port = 0;  // host order
};
Source source_of(const ReceivedDatagram& datagram);

// Writes to `control` (packet_info_size bytes) the message that makes an answer leave from the
// address that was asked, and returns its size; 0 if the datagram does not tell the address.
std::size_t write_reply_control(std::span<const std::byte> received_control,
                                std::span<std::byte> control);

}  // namespace gyre::ring
