// One connection to the tracker, plain or with TLS. Between a client, which says what to send, and
// the kernel. Nothing waits here: what cannot be done yet is tried again in a later turn.
//
// Not io_uring, unlike the trackers: a receive that waits in a ring is woken by each response, on
// the CPU of the tracker that sent it. Reading in a spinning loop costs the tracker nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>

#include "common/fd.hpp"
#include "common/socket_name.hpp"
#include "load-test/http/tls_client.hpp"

namespace gyre::http_load {

class Connection {
 public:
  // Begins to connect, from `source` if there is one. `tls` is null for plain HTTP and outlives the
  // connection. The error is an errno.
  static std::expected<Connection, int> open(const SocketName& server,
                                             const std::optional<SocketName>& source,
                                             TlsClient* tls);

  enum class Progress : std::uint8_t {
    done,
    later,    // nothing can be done at present
    ended,    // the tracker has closed it
    refused,  // nobody listens there
    failed,
  };

  // Until the connection, with TLS the handshake, is there. Plain connections may send without it.
  Progress get_ready();

  // All of it, or it has failed.
  Progress send(std::span<const char> bytes);

  struct Received {
    Progress progress = Progress::later;
    std::size_t size = 0;  // if done
  };
  Received receive(std::span<char> room);

  // Whether the tracker has closed it, or has sent something unasked.
  bool is_disturbed() const;

  bool has_tls() const { return tls_.has_value(); }
  bool resumed() const { return tls_ && tls_->resumed(); }

  // Ends it with an RST: nothing stays behind in TIME_WAIT.
  void reset();

 private:
  explicit Connection(Fd fd) : fd_(std::move(fd)) {}

  Fd fd_;
  bool connected_ = false;
  std::optional<TlsSession> tls_;  // ends before its socket
};

}  // namespace gyre::http_load
