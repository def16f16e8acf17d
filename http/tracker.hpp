// The tracker gyre_http: its listeners, certificates and workers, on the core that all trackers
// share.
//
// Order of calls: create() binds and creates the workers, while the process may still be
// privileged; load_files() reads the access list and the certificates, before privileges are
// dropped and again with the rights that a reload will have; serve() lets the workers begin; stop()
// answers what has been received and ends them.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/tracker/core.hpp"
#include "common/tracker/metrics_text.hpp"
#include "common/tracker/shared_swarms.hpp"
#include "common/tracker/streams.hpp"
#include "http/config.hpp"
#include "http/worker.hpp"

namespace gyre::http {

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

  tracker::Result bind_sockets() { return streams_.bind("http", "https"); }
  tracker::Result start_metrics();
  tracker::Result start_workers();
  void renew_full_scrapes(const std::stop_token& stop);
  std::expected<tracker::Core::Loop, std::string> make_worker(std::size_t index, int stop_fd);
  connection::Options worker_options(std::size_t index, int stop_fd);
  HandlerOptions handler_options();

  Config config_;
  tracker::AllMetrics<WorkerMetrics> worker_metrics_;
  std::optional<FullScrapes> full_scrapes_;  // if enabled
  tracker::Core core_;
  tracker::Streams streams_;
  tracker::SharedSwarms swarms_;
};

}  // namespace gyre::http
