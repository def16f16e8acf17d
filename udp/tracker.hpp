// gyre_udp as a whole: sockets, workers, the cleaner and the metrics endpoint, over one set of
// swarms. Between main(), which deals with the process, and the rooms that do the work.
//
// Order: create() binds and makes ready while the process may still be privileged; serve() lets the
// workers begin; stop() answers what has been received and ends.
#pragma once

#include <expected>
#include <latch>
#include <memory>
#include <string>
#include <vector>

#include "common/clock.hpp"
#include "common/io/udp_socket.hpp"
#include "common/metrics/endpoint.hpp"
#include "common/metrics/listener.hpp"
#include "common/metrics/process_metrics.hpp"
#include "common/process/workers.hpp"
#include "common/swarm/shared_access_list.hpp"
#include "common/swarm/swarm_map.hpp"
#include "udp/cleaner.hpp"
#include "udp/config.hpp"
#include "udp/worker.hpp"

namespace gyre::udp {

class Tracker {
 public:
  // The error is a sentence for the operator.
  static std::expected<std::unique_ptr<Tracker>, std::string> create(const Config& config);
  ~Tracker();

  // Reads the access list's file anew. On an error the list in force stays.
  std::expected<void, std::string> load_access_list();

  void serve();
  void stop();

  process::WorkerGroup& workers() { return *group_; }

 private:
  explicit Tracker(const Config& config);

  std::expected<void, std::string> bind_sockets();
  std::expected<void, std::string> bind_address(const SocketAddress& address);
  std::expected<void, std::string> start_threads();
  std::expected<void, std::string> start_worker(std::size_t index, const ConnectionIds& ids);
  std::expected<void, std::string> start_metrics();
  std::expected<void, std::string> run_worker(std::size_t index, const ConnectionIds& ids,
                                              const std::stop_token& stop);
  WorkerOptions worker_options(std::size_t index, int stop_fd) const;
  HandlerOptions handler_options() const;

  Config config_;
  std::size_t worker_count_;
  ProcessClock clock_;
  swarm::SwarmMaps swarms_;
  swarm::SharedAccessList access_list_;
  Cleaner cleaner_;
  metrics::ProcessMetrics process_metrics_;
  std::vector<std::unique_ptr<WorkerMetrics>> worker_metrics_;
  std::vector<std::vector<io::UdpSocket>> sockets_;  // of each worker, in the order of addresses
  std::latch workers_ready_;                         // or failed
  std::latch serving_{1};

  std::unique_ptr<process::WorkerGroup> group_;
  std::unique_ptr<metrics::Endpoint> endpoint_;
};

}  // namespace gyre::udp
