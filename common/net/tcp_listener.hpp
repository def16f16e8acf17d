// Listening stream sockets: TCP, and unix sockets in the file system.
#pragma once

#include <sys/types.h>

#include <expected>
#include <string>

#include "common/base/fd.hpp"
#include "common/net/socket_address.hpp"

namespace gyre::net {

struct TcpListenerOptions {
  SocketAddress address;   // port 0: the kernel chooses one
  bool only_ipv6 = true;   // IPV6_V6ONLY
  int backlog = 1024;      // connections waiting for accept(2); capped by net.core.somaxconn
  bool reuse_port = true;  // SO_REUSEPORT: each worker has a listener on the same address
  // Fail if anybody else listens there, which SO_REUSEPORT would allow. For the first listener of
  // an address.
  bool must_be_free = false;
  // For callers of accept(2). Not for rings: on such a socket their operations fail instead of
  // waiting.
  bool nonblocking = false;
};

struct TcpListener {
  Fd fd;
  SocketAddress address;  // as bound, with the real port
};

// Accepted connections inherit TCP_NODELAY. The error names the address and says what to do.
std::expected<TcpListener, std::string> listen_tcp(const TcpListenerOptions& options);

// A listening unix socket, whose file is removed by the destructor, if the process may.
class UnixListener {
 public:
  // `mode` are the permissions of the socket; who may write may connect. Replaces a socket that a
  // dead process left at the path; anything else there is an error.
  static std::expected<UnixListener, std::string> create(const std::string& path, mode_t mode,
                                                         int backlog);
  UnixListener(UnixListener&& other) noexcept = default;
  UnixListener& operator=(UnixListener&&) = delete;
  ~UnixListener();

  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }

 private:
  UnixListener(Fd fd, Fd folder, std::string path)
      : fd_(std::move(fd)), folder_(std::move(folder)), path_(std::move(path)) {}

  Fd fd_;
  Fd folder_;  // where the socket is, even after a change of the root directory
  std::string path_;
};

}  // namespace gyre::net
