// What serves the connections of a tracker over TCP: its listening sockets (one for each address
// and worker, and one for each unix socket), its certificates, and the limits and settings that all
// workers share.
//
// Threading: all functions belong to the thread that created it, except those for workers:
// options_of(), limits(), trusted_networks() and address_header().
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/random.hpp"
#include "common/config/deadlines.hpp"
#include "common/config/network.hpp"
#include "common/connection/options.hpp"
#include "common/http1/forwarded.hpp"
#include "common/limits/address_counts.hpp"
#include "common/net/network_list.hpp"
#include "common/net/tcp_listener.hpp"
#include "common/tracker/certificate_watch.hpp"
#include "common/tracker/connection_limits.hpp"
#include "common/tracker/core.hpp"

namespace gyre::tracker {

class Streams {
 public:
  // Finds the limits on connections, and logs them. Without `address_max` an address may have any
  // number. What is passed by reference outlives it; the core is stopped first.
  // REQUIRES: the settings are valid.
  Streams(const config::NetworkConfig& network, const config::DeadlinesConfig& deadlines,
          const ConnectionNeeds& needs, std::uint32_t address_max, Core& core);

  // Binds all listeners and logs their addresses, as URLs with the scheme for plain connections or
  // for TLS.
  Result bind(std::string_view plain_scheme, std::string_view secure_scheme);
  // Begins to watch the certificates. REQUIRES: Core::start_workers() was called.
  Result start();

  // Reloads the certificates, if there are any, after another file whose outcome is `loaded`;
  // returns both outcomes as one.
  Result load_certificates(const Result& loaded);
  // Whether the lists have been read and the certificates, if there are any, work.
  Result check_files() const;
  // Those of the core, with certificates and unix sockets.
  process::SandboxPaths sandbox_paths() const;
  bool has_files() const { return certificates_ || core_.lists().are_configured(); }

  // Of one worker, its listeners in the order of the configuration. `connections_max` is that of
  // all workers together; an idle connection has as long as a request.
  connection::Options options_of(std::size_t worker, int stop_fd);

  const ConnectionLimits& limits() const { return limits_; }
  const net::NetworkList& trusted_networks() const { return trusted_networks_; }
  // The header that names clients, if there are reverse proxies.
  http1::AddressHeader address_header() const;

 private:
  Result bind_address(const net::SocketAddress& address, bool secure);
  Result bind_path(const std::string& path);
  std::string url(bool secure, const net::SocketAddress& address) const;
  std::vector<connection::Listener> listeners_of(std::size_t worker) const;

  const config::NetworkConfig& network_;
  const config::DeadlinesConfig& deadlines_;
  Core& core_;
  net::NetworkList trusted_networks_;
  std::uint64_t client_secret_ = random_seed();
  std::optional<limits::AddressCounts> address_counts_;  // if limited
  ConnectionLimits limits_;
  std::optional<CertificateWatch> certificates_;  // if some address uses TLS

  std::string_view plain_scheme_;                   // "http"
  std::string_view secure_scheme_;                  // "https"
  std::vector<std::vector<net::TcpListener>> tcp_;  // by worker, then by address
  std::vector<bool> secure_;                        // by address
  std::vector<net::UnixListener> unix_;             // shared by all workers
};

// A deadline of that length.
void set(connection::Options& options, connection::Deadline deadline, Seconds length);

// One worker's share of the connections, at least 1.
std::uint32_t share_of_worker(std::uint32_t max_connections, std::size_t worker_count);

}  // namespace gyre::tracker
