// An HTTP server for metrics, on a thread of its own. Made for a handful of well-behaved clients:
// one request per connection, no TLS, no authentication; bind it to an address that only they can
// reach.
//
// Bad clients cannot lock out good ones: every connection has a deadline, and when all places are
// taken a newcomer evicts another, but not at once one that may be a good one itself.
//
// Threading: `Site::render` is called on the endpoint's thread, while the workers run.
#pragma once

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/event_fd.hpp"
#include "common/base/fd.hpp"
#include "common/metrics/endpoint_client.hpp"
#include "common/metrics/responses.hpp"
#include "common/net/tcp_listener.hpp"

namespace gyre::metrics {

// Binds the TCP socket of an Endpoint, at start-up, before privileges are dropped. A non-blocking
// socket; on an IPv6 address for IPv6 only. The error names the address and the system's reason.
std::expected<net::TcpListener, std::string> listen_tcp(const net::SocketAddress& address);

class Endpoint {
 public:
  // `listener` is a listening socket (listen_tcp). The error is that the system refuses a thread.
  static std::expected<std::unique_ptr<Endpoint>, std::string> start(Fd listener, Site site);

  // Ends the thread at once and closes open connections.
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

 private:
  Endpoint(Fd listener, Site site, EventFd stop);

  void run();
  void watch(std::uint64_t now_ns);
  void accept_one(std::uint64_t now_ns);
  std::uint64_t accept_from_ns() const;
  std::uint64_t deadline_ns(const EndpointClient& client) const;
  std::uint64_t evictable_from_ns(const EndpointClient& client) const;
  std::vector<EndpointClient>::const_iterator next_to_evict() const;

  Fd listener_;
  Site site_;
  EventFd stop_;

  // Used by the thread alone.
  std::vector<EndpointClient> clients_;  // oldest first
  std::vector<pollfd> watched_;          // stop, listener, then one per connection
  std::uint64_t accept_pause_end_ns_ = 0;

  std::thread thread_;
};

}  // namespace gyre::metrics
