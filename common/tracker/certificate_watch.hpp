// The certificates of a tracker that serves TLS, and the thread that reloads them when their files
// change. It logs what it reads and what is wrong with it.
#pragma once

#include <cstddef>
#include <stop_token>
#include <string>
#include <vector>

#include "common/config/tls.hpp"
#include "common/tls/certificates.hpp"
#include "common/tracker/core.hpp"

namespace gyre::tracker {

class CertificateWatch {
 public:
  // `flight_size_max`: bytes that the tracker can send in a handshake. The core outlives this, but
  // is stopped first.
  CertificateWatch(const config::TlsConfig& config, std::size_t flight_size_max, Core& core);

  // Reads all files. On an error the previous certificates stay in use.
  Result load();
  // Whether the certificates work for the user and root directory that the process has now.
  Result check() const;

  // Starts to watch for changed files, once Core::serve() was called: before, the process may still
  // change its user and what it can read. A file that cannot be read is logged as an error once,
  // and again when it has changed.
  // REQUIRES: Core::start_workers() was called.
  Result start();

  const SharedValue<tls::Context>& contexts() const { return certificates_.contexts(); }

 private:
  void run(const std::stop_token& stop);

  Core& core_;
  std::vector<std::string> key_paths_;
  tls::Certificates certificates_;
};

}  // namespace gyre::tracker
