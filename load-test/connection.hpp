// One TCP connection to the tracker, plain or with TLS. Between a client, which says what to send,
// and the kernel. Nothing waits here: what cannot be done yet is tried again in a later turn.
//
// Not io_uring, unlike the trackers: a receive that waits in a ring is woken by each response, on
// the CPU of the tracker that sent it. Reading in a spinning loop costs the tracker nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>

#include "common/base/fd.hpp"
#include "common/net/socket_name.hpp"
#include "load-test/tls_client.hpp"

namespace gyre::load_test {

class Connection {
 public:
  // Begins to connect, from `source` if there is one. `tls` is null for plain TCP and outlives the
  // connection. The error is an errno.
  static std::expected<Connection, int> open(const net::SocketName& server,
                                             const std::optional<net::SocketName>& source,
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

  struct Transfer {
    Progress progress = Progress::later;
    std::size_t size = 0;  // if done
  };
  // As much as there is room for. What is left may be sent from another place in memory, but is the
  // same.
  Transfer send(std::span<const char> bytes);
  Transfer receive(std::span<char> room);

  // Whether the tracker has closed it, or has sent something unasked.
  bool is_disturbed() const;

  int fd() const { return fd_.get(); }  // to be watched
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

}  // namespace gyre::load_test
