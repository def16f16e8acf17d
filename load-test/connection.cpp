#include "load-test/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace gyre::load_test {
namespace {

using Progress = Connection::Progress;

void switch_on(int fd, int level, int option) {
  const int on = 1;
  ::setsockopt(fd, level, option, &on, sizeof on);
}

// The port is chosen when it is known where to: so it can serve several destinations at a time.
int bind_to(int fd, const net::SocketName& source) {
  switch_on(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
  return ::bind(fd, source.get(), source.size);
}

Progress progress_after(int error_number) {
  switch (error_number) {
    case EAGAIN:
    case EINTR:
      return Progress::later;
    case ECONNREFUSED:
      return Progress::refused;
    case ECONNRESET:
    case EPIPE:
      return Progress::ended;
    default:
      return Progress::failed;
  }
}

Progress progress_after(TlsSession::Status status) {
  switch (status) {
    case TlsSession::Status::done:
      return Progress::done;
    case TlsSession::Status::would_block:
      return Progress::later;
    case TlsSession::Status::closed:
      return Progress::ended;
    case TlsSession::Status::failed:
      break;
  }
  return Progress::failed;
}

Progress connecting(int fd) {
  pollfd socket{.fd = fd, .events = POLLOUT, .revents = 0};
  if (::poll(&socket, 1, 0) <= 0) return Progress::later;
  int error_number = 0;
  socklen_t size = sizeof error_number;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error_number, &size);
  return error_number == 0 ? Progress::done : progress_after(error_number);
}

}  // namespace

std::expected<Connection, int> Connection::open(const net::SocketName& server,
                                                const std::optional<net::SocketName>& source,
                                                TlsClient* tls) {
  Fd fd(::socket(server.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd || (source && bind_to(fd.get(), *source) != 0)) return std::unexpected(errno);
  // As browsers do: what is said while the last message is not acknowledged would wait for that, up
  // to 40 ms.
  switch_on(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  if (::connect(fd.get(), server.get(), server.size) != 0 && errno != EINPROGRESS) {
    return std::unexpected(errno);
  }
  Connection connection(std::move(fd));
  if (tls != nullptr) connection.tls_ = tls->begin(connection.fd_.get());
  return connection;
}

Progress Connection::get_ready() {
  if (!connected_) {
    const Progress progress = connecting(fd_.get());
    if (progress != Progress::done) return progress;
    connected_ = true;
  }
  if (!tls_) return Progress::done;
  return progress_after(tls_->shake_hands());
}

Connection::Transfer Connection::send(std::span<const char> bytes) {
  if (tls_) {
    const auto [status, size] = tls_->send(bytes);
    return {.progress = progress_after(status), .size = size};
  }
  const ssize_t size = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (size < 0) return {.progress = progress_after(errno)};
  return {.progress = Progress::done, .size = static_cast<std::size_t>(size)};
}

Connection::Transfer Connection::receive(std::span<char> room) {
  if (tls_) {
    const auto [status, size] = tls_->receive(room);
    return {.progress = progress_after(status), .size = size};
  }
  const ssize_t size = ::recv(fd_.get(), room.data(), room.size(), MSG_DONTWAIT);
  if (size < 0) return {.progress = progress_after(errno)};
  if (size == 0) return {.progress = Progress::ended};
  return {.progress = Progress::done, .size = static_cast<std::size_t>(size)};
}

bool Connection::is_disturbed() const {
  char byte = 0;
  return ::recv(fd_.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) >= 0 || errno != EAGAIN;
}

void Connection::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace gyre::load_test
