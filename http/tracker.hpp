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

#include "common/limits/address_counts.hpp"
#include "common/net/network_list.hpp"
#include "common/tracker/certificate_watch.hpp"
#include "common/tracker/connection_limits.hpp"
#include "common/tracker/core.hpp"
#include "common/tracker/metrics_text.hpp"
#include "common/tracker/shared_swarms.hpp"
#include "common/tracker/stream_listeners.hpp"
#include "common/tracker/stream_options.hpp"
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
  tracker::Result check_files() const { return tracker::check_files(core_, certificates_); }
  process::SandboxPaths sandbox_paths() const {
    return tracker::sandbox_paths(core_, config_.network.listening);
  }
  void serve(process::Sandbox sandbox) { core_.serve(std::move(sandbox)); }
  void stop() { core_.stop(); }

  process::WorkerGroup& workers() { return core_.workers(); }

 private:
  explicit Tracker(const Config& config);

  tracker::Result bind_sockets();
  tracker::Result start_metrics();
  tracker::Result start_workers();
  void renew_full_scrapes(const std::stop_token& stop);
  std::expected<tracker::Core::Loop, std::string> make_worker(std::size_t index, int stop_fd);
  connection::Options worker_options(std::size_t index, int stop_fd);
  HandlerOptions handler_options();

  Config config_;
  net::NetworkList trusted_networks_;
  std::uint64_t client_secret_ = random_seed();
  tracker::AllMetrics<WorkerMetrics> worker_metrics_;
  std::optional<limits::AddressCounts> address_counts_;
  std::optional<FullScrapes> full_scrapes_;  // if enabled
  tracker::Core core_;
  tracker::ConnectionLimits connections_;
  tracker::SharedSwarms swarms_;
  std::optional<tracker::CertificateWatch> certificates_;  // if some address uses TLS
  tracker::StreamListeners listeners_;
};

}  // namespace gyre::http
