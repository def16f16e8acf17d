// The listening sockets of a tracker that serves connections: one for each address and worker, and
// one for each unix socket.
//
// Threading: created by one thread; afterwards any may read it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/stream_settings.hpp"
#include "common/connection/streams.hpp"
#include "common/net/tcp_listener.hpp"

namespace gyre::tracker {

// The URL schemes that clients use.
struct Schemes {
  std::string_view plain;   // "http"
  std::string_view secure;  // "https"
};

class StreamListeners {
 public:
  StreamListeners() = default;  // none

  // Binds all listeners and logs their addresses. The error is a sentence for the operator.
  static std::expected<StreamListeners, std::string> bind(const config::ListeningConfig& config,
                                                          const Schemes& schemes,
                                                          std::size_t worker_count);

  // The listeners of one worker, in the order of the configuration. This object owns the sockets.
  std::vector<connection::StreamListener> of_worker(std::size_t index) const;

 private:
  StreamListeners(const Schemes& schemes, std::size_t worker_count)
      : schemes_(schemes), tcp_(worker_count) {}

  std::expected<void, std::string> bind_all(const config::ListeningConfig& config);
  std::expected<void, std::string> bind_address(const config::ListeningConfig& config,
                                                const net::SocketAddress& address, bool secure);
  std::expected<void, std::string> bind_path(const std::string& path, std::uint32_t backlog);
  std::string url(bool secure, const net::SocketAddress& address) const;

  Schemes schemes_;
  std::vector<std::vector<net::TcpListener>> tcp_;  // by worker, then by address
  std::vector<bool> secure_;                        // by address
  std::vector<net::UnixListener> unix_;             // shared by all workers
};

}  // namespace gyre::tracker
