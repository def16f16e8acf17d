// The tracker gyre_ws: its listeners, certificates, and workers, which have the swarms, on the core
// that all trackers share.
//
// Order of calls: create() binds and creates the workers, while the process may still be
// privileged; load_files() reads the access list and the certificates, before privileges are
// dropped and again with the rights that a reload will have; serve() lets the workers begin; stop()
// closes every WebSocket and ends them.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "common/base/random.hpp"
#include "common/limits/address_counts.hpp"
#include "common/swarm/budget.hpp"
#include "common/tracker/announce_interval.hpp"
#include "common/tracker/core.hpp"
#include "common/tracker/memory_watch.hpp"
#include "common/tracker/metrics_text.hpp"
#include "common/tracker/streams.hpp"
#include "ws/config.hpp"
#include "ws/worker.hpp"
#include "ws/worker_queues.hpp"

namespace gyre::ws {

class Tracker {
 public:
  // REQUIRES: validate(config) returns nothing. The error is a sentence for the operator.
  static std::expected<std::unique_ptr<Tracker>, std::string> create(const Config& config);
  ~Tracker() { stop(); }

  // If a file cannot be read, its previous contents stay in use.
  tracker::Result load_files();
  tracker::Result check_files() const { return streams_.check_files(); }
  bool has_files() const { return streams_.has_files(); }
  process::SandboxPaths sandbox_paths() const { return streams_.sandbox_paths(); }
  void serve(process::Sandbox sandbox) { core_.serve(std::move(sandbox)); }
  void stop() { core_.stop(); }

  process::WorkerGroup& workers() { return core_.workers(); }

 private:
  explicit Tracker(const Config& config);

  tracker::Result bind_sockets() { return streams_.bind("ws", "wss"); }
  tracker::Result start_metrics();
  tracker::Result start_workers();
  std::expected<tracker::Core::Loop, std::string> make_worker(std::size_t index, int stop_fd);
  WorkerOptions worker_options(std::size_t index, int stop_fd);

  Config config_;
  tracker::AllMetrics<WorkerMetrics> worker_metrics_;
  connection::ConnectionCount connection_count_ = 0;  // of all workers
  std::optional<limits::AddressCounts> peers_;        // peers per address, if limited
  tracker::Core core_;
  tracker::Streams streams_;
  swarm::Budget budget_;  // of all workers
  tracker::MemoryWatch memory_watch_;
  tracker::AnnounceInterval announce_interval_;
  WorkerQueues queues_;
};

}  // namespace gyre::ws
