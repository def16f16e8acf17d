// The certificates of a tracker that speaks TLS, from its configuration, and the thread that looks
// for changed files. Between the tracker and tls::Certificates; it tells the operator what it reads
// and what is wrong with it.
#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>

#include "common/config/tls.hpp"
#include "common/tls/certificates.hpp"
#include "common/tracker/core.hpp"

namespace gyre::tracker {

class CertificateWatch {
 public:
  // `flight_size_max` is what the tracker can send in a handshake, in bytes. The core outlives it,
  // but is stopped before it goes.
  CertificateWatch(const config::TlsConfig& config, std::size_t flight_size_max, Core& core);

  // Reads all files. On an error what was read before stays in force.
  Result load();
  // Whether what was read serves, as whoever the process is now.
  Result check() const;

  // Begins to look for changed files, from Core::serve() on: before, the process may change who it
  // is, and what it may read. After Core::start_workers(). Files that cannot be read are an error
  // in the log once, and again when they have changed.
  Result start();

  const SharedValue<tls::Context>& contexts() const { return certificates_.contexts(); }

 private:
  void run(const std::stop_token& stop);

  Core& core_;
  std::size_t file_count_;
  tls::Certificates certificates_;
};

// What to say of a reload in all: `loaded`, of another file, and then the certificates, if there
// are any, whatever became of the first.
Result and_load(const Result& loaded, std::optional<CertificateWatch>& certificates);

// Whether the access list has been read, and the certificates, if there are any, serve.
Result check_files(const Core& core, const std::optional<CertificateWatch>& certificates);

}  // namespace gyre::tracker
