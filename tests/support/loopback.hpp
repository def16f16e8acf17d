// Plain sockets on loopback that act as clients. Nothing here waits for more than a few seconds.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cstring>
#include <string>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/base/check.hpp"
#include "common/base/fd.hpp"
#include "common/net/socket_address.hpp"

namespace gyre::test {

inline net::SocketAddress address_of(std::string_view text) {
  const auto address = net::socket_address_from(text);
  CHECK(address);
  return *address;
}

struct Name {
  sockaddr_in6 bytes{};
  socklen_t size = sizeof(sockaddr_in6);

  Name() = default;
  explicit Name(const net::SocketAddress& address) {
    if (const auto* ipv4 = std::get_if<Ipv4Address>(&address.address)) {
      sockaddr_in name{};
      name.sin_family = AF_INET;
      name.sin_port = htons(address.port);
      std::memcpy(&name.sin_addr, ipv4, sizeof *ipv4);
      std::memcpy(&bytes, &name, sizeof name);
      size = sizeof name;
    } else {
      bytes.sin6_family = AF_INET6;
      bytes.sin6_port = htons(address.port);
      std::memcpy(&bytes.sin6_addr, &std::get<Ipv6Address>(address.address), 16);
    }
  }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&bytes); }

  net::SocketAddress address() const {
    net::SocketAddress address{.port = ntohs(bytes.sin6_port)};
    if (bytes.sin6_family == AF_INET) {
      Ipv4Address ipv4;
      // The offset of the address in sockaddr_in.
      std::memcpy(ipv4.bytes.data(), &bytes.sin6_flowinfo, sizeof ipv4);
      address.address = ipv4;
    } else {
      Ipv6Address ipv6;
      std::memcpy(ipv6.bytes.data(), &bytes.sin6_addr, sizeof ipv6);
      address.address = ipv6;
    }
    return address;
  }
};

// Receives the next datagram; empty if none comes. `from` is set to its source.
inline std::string receive(int fd, Name* from = nullptr, int flags = 0) {
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::array<char, 2048> bytes{};
  Name ignored;
  Name& name = from != nullptr ? *from : ignored;
  name.size = sizeof name.bytes;
  const ssize_t size = ::recvfrom(fd, bytes.data(), bytes.size(), flags, name.get(), &name.size);
  return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

// Receives a datagram without waiting: over loopback, sending is complete when it returns.
inline std::string receive_now(int fd) {
  return receive(fd, nullptr, MSG_DONTWAIT);
}

class Client {
 public:
  explicit Client(std::string_view address) {
    Name name(address_of(address));
    fd_ = Fd(::socket(name.bytes.sin6_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    CHECK(::bind(fd_.get(), name.get(), name.size) == 0);
    CHECK(::getsockname(fd_.get(), name.get(), &name.size) == 0);
    address_ = name.address();
  }

  void send(std::string_view text, const net::SocketAddress& to) const {
    Name name(to);
    const ssize_t sent = ::sendto(fd_.get(), text.data(), text.size(), 0, name.get(), name.size);
    EXPECT_EQ(sent, static_cast<ssize_t>(text.size()));
  }
  std::string receive(Name* from = nullptr) const { return test::receive(fd_.get(), from); }

  int fd() const { return fd_.get(); }
  const net::SocketAddress& address() const { return address_; }

 private:
  Fd fd_;
  net::SocketAddress address_;
};

}  // namespace gyre::test
