// The parts that every tracker has, whatever its protocol: the secret of its hashes, the clock, the
// lists of torrents and clients, the worker threads and the metrics endpoint. A tracker
// (udp/tracker, http/tracker, ws/tracker) binds the sockets and creates the workers; swarms that
// all workers share are in SharedSwarms.
//
// Order of calls: start_metrics() and start_workers() while the process may still be privileged;
// load_lists() before privileges are dropped, and again afterwards; serve() lets the workers and
// other threads begin, in the sandbox; stop() ends them.
//
// Threading: all functions belong to the thread that created it, except those called by MakeWorker.
#pragma once

#include <ctime>
#include <expected>
#include <functional>
#include <latch>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/sip_hash.hpp"
#include "common/config/metrics.hpp"
#include "common/limits/token_buckets.hpp"
#include "common/metrics/endpoint.hpp"
#include "common/metrics/exposition_writer.hpp"
#include "common/metrics/process_metrics.hpp"
#include "common/process/sandbox.hpp"
#include "common/process/workers.hpp"
#include "common/tracker/lists.hpp"

namespace gyre::tracker {

// Errors are sentences for the operator.
using Result = std::expected<void, std::string>;

class Core {
 public:
  // `protocol`, such as "udp", is the label of its metrics. `socket_workers` 0: one per CPU that
  // the process may use.
  Core(std::string_view protocol, std::uint32_t socket_workers,
       const config::MetricsConfig& metrics, const config::AccessListConfig& access_list,
       const config::DenyConfig& deny);
  ~Core();

  // A worker's loop, which runs until it is stopped.
  using Loop = std::move_only_function<Result()>;
  // Creates the worker of that index, in its own thread. `stop_fd` becomes readable when it must
  // stop.
  using MakeWorker = std::function<std::expected<Loop, std::string>(std::size_t, int stop_fd)>;
  // Writes the tracker's metrics, on the endpoint's thread while the workers run.
  using WriteMetrics = std::function<void(metrics::ExpositionWriter&)>;

  // Binds the endpoint, which answers from serve() on. No effect if metrics are switched off.
  Result start_metrics(WriteMetrics write_metrics);

  // Returns once all workers are created and wait for serve(), or one has failed.
  Result start_workers(const MakeWorker& make_worker);

  // Starts another thread, which begins when the workers do and returns when its token requests it.
  // REQUIRES: start_workers() was called.
  Result start_thread(const std::string& name, process::WorkerGroup::Body body);

  Result load_lists() { return lists_.load(); }
  const Lists& lists() const { return lists_; }

  // What is read again while serving.
  process::SandboxPaths sandbox_paths() const;

  // The other threads enter the sandbox before they begin; the calling one has done so.
  void serve(process::Sandbox sandbox = {});
  bool is_serving() const { return serving_.try_wait(); }  // any thread
  void stop();                                             // idempotent

  std::size_t worker_count() const { return worker_count_; }
  // How many workers can be busy at the same time.
  std::size_t busy_count_max() const;
  // CPU time that the workers have used so far. REQUIRES: start_workers() was called.
  std::uint64_t worker_cpu_ns() const;
  const ProcessClock& clock() const { return clock_; }
  // The key by which swarms, and torrents of the access list, are hashed.
  const SipKey& hash_secret() const { return hash_secret_; }
  // Of each of a worker's rates, with a secret of its own. REQUIRES: a worker has three at most.
  limits::BucketTable bucket_table() const;
  const swarm::SharedAccessList& access_list() const { return lists_.access(); }
  const limits::SharedDenyLists& deny_lists() const { return lists_.deny(); }
  process::WorkerGroup& workers() { return *group_; }  // after start_workers()

 private:
  std::string metrics_text() const;
  Result enter_sandbox() const;  // waits for serve()
  Result run_worker(std::size_t index, const MakeWorker& make_worker, const std::stop_token& stop);

  std::string protocol_;
  config::MetricsConfig metrics_;
  std::size_t worker_count_;
  ProcessClock clock_;
  SipKey hash_secret_;
  Lists lists_;
  metrics::ProcessMetrics process_metrics_;
  std::size_t bucket_table_size_;         // of each table
  std::vector<clockid_t> worker_clocks_;  // CPU time; each set by its worker before it is ready
  std::latch workers_ready_;              // or failed
  process::Sandbox sandbox_;              // read by threads once they serve
  std::latch serving_{1};

  std::vector<unsigned> arenas_;  // of the allocator, for many workers
  std::unique_ptr<process::WorkerGroup> group_;
  WriteMetrics write_metrics_;
  std::unique_ptr<metrics::Endpoint> endpoint_;
};

// The announce URL to put into a torrent. A wildcard address cannot be reached, so its host is a
// placeholder.
std::string announce_url(std::string_view scheme, const net::SocketAddress& address);

}  // namespace gyre::tracker
