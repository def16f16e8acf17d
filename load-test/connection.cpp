#include "load-test/connection.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace gyre::load_test {
namespace {

std::expected<void, Obstacle> connected(int fd) {
  pollfd socket{.fd = fd, .events = POLLOUT, .revents = 0};
  if (::poll(&socket, 1, 0) <= 0) return std::unexpected(Obstacle::later);
  int error_number = 0;
  socklen_t size = sizeof error_number;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error_number, &size);
  if (error_number != 0) return std::unexpected(obstacle_of(error_number));
  return {};
}

Obstacle obstacle_after(const SSL* ssl, int result) {
  switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return Obstacle::later;
    case SSL_ERROR_ZERO_RETURN:
      return Obstacle::ended;
    default:
      ERR_clear_error();  // the queue is the thread's, and would speak of the next call too
      return Obstacle::failed;
  }
}

}  // namespace

Obstacle obstacle_of(int error_number) {
  switch (error_number) {
    case EAGAIN:
    case EINTR:
      return Obstacle::later;
    case ECONNREFUSED:
      return Obstacle::refused;
    case ECONNRESET:
    case EPIPE:
      return Obstacle::ended;
    default:
      return Obstacle::failed;
  }
}

// A session that was not shut down would not be resumed again (SSL_free(3)); "quiet" sends nothing.
void FreeTls::operator()(ssl_st* ssl) const {
  SSL_set_quiet_shutdown(ssl, 1);
  SSL_shutdown(ssl);
  SSL_free(ssl);
}

void FreeTls::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}

void FreeTls::operator()(ssl_session_st* session) const {
  SSL_SESSION_free(session);
}

std::expected<void, Obstacle> Connection::get_ready() {
  if (!connected_) {
    if (const auto done = connected(fd_.get()); !done) return done;
    connected_ = true;
  }
  if (!ssl_) return {};
  const int result = SSL_do_handshake(ssl_.get());
  if (result != 1) return std::unexpected(obstacle_after(ssl_.get(), result));
  return {};
}

std::expected<std::size_t, Obstacle> Connection::send(std::span<const char> bytes) {
  if (ssl_) {
    std::size_t size = 0;
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size);
    if (result != 1) return std::unexpected(obstacle_after(ssl_.get(), result));
    return size;
  }
  const ssize_t size = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (size < 0) return std::unexpected(obstacle_of(errno));
  return static_cast<std::size_t>(size);
}

std::expected<std::size_t, Obstacle> Connection::receive(std::span<char> room) {
  if (ssl_) {
    std::size_t size = 0;
    const int result = SSL_read_ex(ssl_.get(), room.data(), room.size(), &size);
    if (result != 1) return std::unexpected(obstacle_after(ssl_.get(), result));
    return size;
  }
  const ssize_t size = ::recv(fd_.get(), room.data(), room.size(), MSG_DONTWAIT);
  if (size < 0) return std::unexpected(obstacle_of(errno));
  if (size == 0) return std::unexpected(Obstacle::ended);
  return static_cast<std::size_t>(size);
}

bool Connection::is_disturbed() const {
  char byte = 0;
  return ::recv(fd_.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) >= 0 || errno != EAGAIN;
}

bool Connection::is_resumed() const {
  return ssl_ && SSL_session_reused(ssl_.get()) == 1;
}

void Connection::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace gyre::load_test
