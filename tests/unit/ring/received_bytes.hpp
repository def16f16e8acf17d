// Builders of received datagrams and control messages as the kernel writes them.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>

#include "common/ring/datagram.hpp"
#include "tests/support/bytes.hpp"

namespace gyre::ring::test {

using gyre::test::Bytes;

template <class Value>
void append(Bytes& bytes, const Value& value) {
  const auto view = std::as_bytes(std::span(&value, 1));
  bytes.insert(bytes.end(), view.begin(), view.end());
}

inline sockaddr_in ipv4_name(std::uint32_t address, std::uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(address);
  name.sin_port = htons(port);
  return name;
}

// `address` in hexadecimal.
inline sockaddr_in6 ipv6_name(std::string_view address, std::uint16_t port) {
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  const Bytes bytes = gyre::test::from_hex(address);
  std::memcpy(&name.sin6_addr, bytes.data(), sizeof name.sin6_addr);
  name.sin6_port = htons(port);
  return name;
}

// One control message, with padding for the next.
template <class Data>
Bytes control_message(int level, int type, const Data& data) {
  cmsghdr header{};
  header.cmsg_len = CMSG_LEN(sizeof data);
  header.cmsg_level = level;
  header.cmsg_type = type;
  Bytes bytes;
  append(bytes, header);
  append(bytes, data);
  bytes.resize(CMSG_SPACE(sizeof data));
  return bytes;
}

// A receive buffer: the kernel's header of four numbers, space for name and control messages as
// `shape` says, then the payload.
template <class Name>
Bytes receive_buffer(const msghdr& shape, const Name& name, const Bytes& control,
                     const Bytes& payload) {
  const std::uint32_t header[] = {sizeof name, static_cast<std::uint32_t>(control.size()),
                                  static_cast<std::uint32_t>(payload.size()), 0};
  Bytes bytes;
  append(bytes, header);
  append(bytes, name);
  bytes.resize(sizeof header + shape.msg_namelen, std::byte{0xee});
  bytes.insert(bytes.end(), control.begin(), control.end());
  bytes.resize(sizeof header + shape.msg_namelen + shape.msg_controllen, std::byte{0xee});
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

}  // namespace gyre::ring::test
