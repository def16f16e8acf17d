// Serves the metrics over HTTP, on a thread of its own, between a listening socket and a function
// that renders the present numbers. Made for a handful of well-meaning clients: one request per
// connection, no TLS, no authentication; bind it to an address that only they can reach.
//
// Bad clients cannot keep good ones out: every connection has a deadline, and when all places are
// taken a newcomer gets the place of the oldest.
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

// Binds the TCP socket that an Endpoint serves, at start-up, before root is given up. It does not
// block, and an IPv6 socket takes IPv6 alone. The error names the address and the system's reason.
std::expected<net::TcpListener, std::string> listen_tcp(const net::SocketAddress& address);

struct EndpointLimits {
  std::size_t connection_count = 16;
  std::uint64_t deadline_ms = 5'000;  // from accepting a connection to having closed it
  std::uint64_t grace_ms = 200;       // how long a connection keeps its place when all are taken
};

class Endpoint {
 public:
  // `listener` listens already (listen_tcp). Fails when the system gives no thread.
  static std::expected<std::unique_ptr<Endpoint>, std::string> start(Fd listener, Site site,
                                                                     EndpointLimits limits = {});

  // Ends the thread at once; connections that are open are closed.
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

 private:
  Endpoint(Fd listener, Site site, EndpointLimits limits, EventFd stop);

  void run();
  void watch(std::uint64_t now_ns);
  void accept_one(std::uint64_t now_ns);
  std::uint64_t accept_from_ns() const;
  std::uint64_t deadline_ns(const EndpointClient& client) const;

  Fd listener_;
  Site site_;
  EndpointLimits limits_;
  EventFd stop_;

  // Of the thread alone.
  std::vector<EndpointClient> clients_;  // the oldest first
  std::vector<pollfd> watched_;          // stop, listener, then one per connection
  std::uint64_t accept_pause_end_ns_ = 0;

  std::thread thread_;
};

}  // namespace gyre::metrics
