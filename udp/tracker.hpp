// The tracker gyre_udp: its sockets and workers, on the core that all trackers share.
//
// Order of calls: create() binds, reads the secret of connection ids and creates the workers, while
// the process may still be privileged; load_files() reads the access list, before privileges are
// dropped and again with the rights that a reload will have; serve() lets the workers begin; stop()
// answers what has been received and ends them.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "common/net/udp_socket.hpp"
#include "common/tracker/core.hpp"
#include "common/tracker/shared_swarms.hpp"
#include "udp/config.hpp"
#include "udp/worker.hpp"

namespace gyre::udp {

class Tracker {
 public:
  // The error is a sentence for the operator.
  static std::expected<std::unique_ptr<Tracker>, std::string> create(const Config& config);
  ~Tracker() { stop(); }

  tracker::Result load_files() { return swarms_.load_lists(); }
  tracker::Result check_files() const { return core_.lists().check(); }
  bool has_files() const { return core_.lists().are_configured(); }
  process::SandboxPaths sandbox_paths() const { return core_.sandbox_paths(); }
  void serve(process::Sandbox sandbox) { core_.serve(std::move(sandbox)); }
  void stop();

  process::WorkerGroup& workers() { return core_.workers(); }

 private:
  explicit Tracker(const Config& config);

  tracker::Result bind_sockets();
  tracker::Result bind_address(const net::SocketAddress& address);
  tracker::Result start_metrics();
  tracker::Result start_workers();
  std::expected<tracker::Core::Loop, std::string> make_worker(std::size_t index,
                                                              const ConnectionIds& ids,
                                                              int stop_fd);
  WorkerOptions worker_options(std::size_t index, int stop_fd) const;

  Config config_;
  std::vector<std::unique_ptr<WorkerMetrics>> worker_metrics_;
  tracker::Core core_;
  tracker::SharedSwarms swarms_;
  std::vector<std::vector<net::UdpSocket>> sockets_;  // by worker, then by address
};

}  // namespace gyre::udp
