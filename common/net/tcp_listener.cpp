#include "common/net/tcp_listener.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "common/base/text.hpp"
#include "common/net/bind.hpp"
#include "common/net/socket_name.hpp"

namespace gyre::net {
namespace {

bool set_options(int fd, const TcpListenerOptions& options) {
  return set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) &&
         (!options.reuse_port || set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1)) &&
         set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

// A socket file that nobody listens on any more.
bool is_stale_socket(const sockaddr_un& name) {
  struct stat status{};
  if (::lstat(name.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  const Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 &&
         errno == ECONNREFUSED;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

}  // namespace

std::expected<TcpListener, std::string> listen_tcp(const TcpListenerOptions& options) {
  const auto failed = [&] {
    return std::unexpected(listen_error("tcp://" + to_string(options.address), errno, "ss -tlpn"));
  };
  const int type = SOCK_STREAM | (options.nonblocking ? SOCK_NONBLOCK : 0);
  const SocketName name = socket_name_of(options.address);
  TcpListener listener{.fd = make_socket(options.address, type, options.only_ipv6),
                       .address = options.address};
  if (!listener.fd) return failed();
  if (options.must_be_free && !is_free(options.address, type, options.only_ipv6)) return failed();
  const int fd = listener.fd.get();
  if (!set_options(fd, options)) return failed();
  if (::bind(fd, name.get(), name.size) != 0) return failed();
  if (::listen(fd, options.backlog) != 0) return failed();
  listener.address.port = bound_port(fd);
  return listener;
}

std::expected<UnixListener, std::string> UnixListener::create(const std::string& path, mode_t mode,
                                                              int backlog) {
  const auto failed = [&](const std::string& why) {
    return std::unexpected("cannot listen on unix:" + path + ": " + why);
  };
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof name.sun_path) {
    return failed("a path of 1 to " + std::to_string(sizeof name.sun_path - 1) +
                  " bytes is needed");
  }
  std::memcpy(name.sun_path, path.data(), path.size());
  const auto* address = reinterpret_cast<const sockaddr*>(&name);
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return failed(errno_text());
  if (is_stale_socket(name)) ::unlink(path.c_str());
  if (::bind(fd.get(), address, sizeof name) != 0) {
    return failed(errno == EADDRINUSE ? "something else is using that path: remove it if not"
                                      : errno_text());
  }
  Fd folder(::open(folder_of(path).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  UnixListener listener(std::move(fd), std::move(folder), path);
  if (::chmod(path.c_str(), mode) != 0) return failed(errno_text());
  if (::listen(listener.fd(), backlog) != 0) return failed(errno_text());
  return listener;
}

UnixListener::~UnixListener() {
  if (fd_) ::unlinkat(folder_.get(), path_.substr(path_.rfind('/') + 1).c_str(), 0);
}

}  // namespace gyre::net
