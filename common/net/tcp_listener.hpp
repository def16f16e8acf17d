// Listening stream sockets, on addresses and on paths. Between the configuration and the ring, or
// whoever accepts; nothing is accepted here.
#pragma once

#include <expected>
#include <string>

#include "common/base/fd.hpp"
#include "common/net/socket_address.hpp"

namespace gyre::net {

struct TcpListenerOptions {
  SocketAddress address;   // port 0: the kernel chooses one
  bool only_ipv6 = true;   // of an IPv6 socket: leave IPv4 to others
  int backlog = 1024;      // connections that wait to be accepted; net.core.somaxconn bounds it
  bool reuse_port = true;  // each worker has a listener on the same address
  // Fail when anybody else listens there, which SO_REUSEPORT alone does not. For the first listener
  // of an address.
  bool must_be_free = false;
  // Of accept(2) by hand. Rings want the other kind: with it their operations fail, not wait.
  bool nonblocking = false;
};

struct TcpListener {
  Fd fd;
  SocketAddress address;  // as bound, with the real port
};

// Connections send what they are given at once (TCP_NODELAY, inherited from the listener). The
// error names the address and says what to do.
std::expected<TcpListener, std::string> listen_tcp(const TcpListenerOptions& options);

// A socket in the file system, which is removed when this goes.
class UnixListener {
 public:
  // Anybody whom the folder lets in may connect. A socket that a dead process has left at the path
  // gives way; anything else there is an error.
  static std::expected<UnixListener, std::string> create(const std::string& path, int backlog);
  UnixListener(UnixListener&& other) noexcept = default;
  UnixListener& operator=(UnixListener&&) = delete;
  ~UnixListener();

  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }

 private:
  UnixListener(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Fd fd_;
  std::string path_;
};

}  // namespace gyre::net
