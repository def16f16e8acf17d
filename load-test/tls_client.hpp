// The client's side of TLS, by OpenSSL: another library than the trackers', so that both sides do
// not share a mistake. Between connections, which own the sockets, and the library. Certificates
// are not verified: a load test has a tracker of its own.
//
// A TlsClient belongs to one worker. Its sessions must end before it does.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>

struct ssl_ctx_st;
struct ssl_session_st;
struct ssl_st;

namespace gyre::load_test {

class TlsClient;

// Over a socket that does not block.
class TlsSession {
 public:
  enum class Status : std::uint8_t { done, would_block, closed, failed };
  struct Transfer {
    Status status = Status::would_block;
    std::size_t size = 0;
  };

  Status shake_hands();
  bool resumed() const;
  Transfer send(std::span<const char> bytes);
  Transfer receive(std::span<char> room);

 private:
  friend class TlsClient;
  struct Free {
    void operator()(ssl_st* ssl) const;
  };
  explicit TlsSession(ssl_st* ssl) : ssl_(ssl) {}
  Status status_after(int result) const;

  std::unique_ptr<ssl_st, Free> ssl_;
};

class TlsClient {
 public:
  // `resume`: with the newest ticket that the server gave.
  static std::expected<std::unique_ptr<TlsClient>, std::string> create(bool resume);
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  // Over a connected socket, which outlives the session.
  TlsSession begin(int fd);

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
    void operator()(ssl_session_st* session) const;
  };
  explicit TlsClient(ssl_ctx_st* context) : context_(context) {}
  static int keep_ticket(ssl_st* ssl, ssl_session_st* session);

  std::unique_ptr<ssl_ctx_st, Free> context_;
  std::unique_ptr<ssl_session_st, Free> ticket_;  // the newest
};

}  // namespace gyre::load_test
