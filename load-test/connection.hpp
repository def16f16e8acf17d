// One TCP connection to the tracker, plain or with TLS. Nothing waits here: what cannot be done yet
// is tried again in a later turn. TLS is OpenSSL's: another library than the trackers', so that
// both sides do not share a mistake. Certificates are not verified: a load test has a tracker of
// its own.
//
// Not io_uring, unlike the trackers: a receive that waits in a ring is woken by each response, on
// the CPU of the tracker that sent it. Reading in a spinning loop costs the tracker nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>

#include "common/base/fd.hpp"

struct ssl_ctx_st;
struct ssl_session_st;
struct ssl_st;

namespace gyre::load_test {

// Why something is not done.
enum class Obstacle : std::uint8_t {
  later,    // nothing can be done at present
  ended,    // the tracker has closed the connection
  refused,  // nothing listens there
  failed,
};
Obstacle obstacle_of(int error_number);

struct FreeTls {
  void operator()(ssl_st* ssl) const;
  void operator()(ssl_ctx_st* context) const;
  void operator()(ssl_session_st* session) const;
};

class Connection {
 public:
  // Begins over a socket that is connecting. `ssl` is that of the socket, null for plain TCP;
  // `source` is for source().
  Connection(Fd fd, std::unique_ptr<ssl_st, FreeTls> ssl, std::uint32_t source)
      : fd_(std::move(fd)), ssl_(std::move(ssl)), source_(source) {}

  // Until the connection, with TLS the handshake, is there. Plain connections may send without it.
  std::expected<void, Obstacle> get_ready();

  // Sends as much as the socket takes. What is left is to be sent next, from any place in memory.
  std::expected<std::size_t, Obstacle> send(std::span<const char> bytes);
  std::expected<std::size_t, Obstacle> receive(std::span<char> room);

  // Whether the tracker has closed it, or has sent something unasked.
  bool is_disturbed() const;

  int fd() const { return fd_.get(); }              // to be watched
  std::uint32_t source() const { return source_; }  // which of the client addresses it is from
  bool has_tls() const { return ssl_ != nullptr; }
  bool is_resumed() const;  // by a ticket

  // Ends it with an RST: nothing stays behind in TIME_WAIT.
  void reset();

 private:
  Fd fd_;
  bool connected_ = false;
  std::unique_ptr<ssl_st, FreeTls> ssl_;  // ends before its socket
  std::uint32_t source_;
};

}  // namespace gyre::load_test
