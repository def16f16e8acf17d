#include "common/tracker/certificate_watch.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include "common/process/secret_file.hpp"
#include "common/tls/context.hpp"

namespace gyre::tracker {
namespace {

constexpr auto check_interval = std::chrono::seconds(2);

std::vector<tls::CertificateFiles> certificate_files(const config::TlsConfig& config) {
  std::vector<tls::CertificateFiles> files;
  for (std::size_t i = 0; i < config.tls_certificate_path.size(); ++i) {
    files.push_back({.certificate_path = config.tls_certificate_path[i],
                     .private_key_path = config.tls_private_key_path[i]});
  }
  return files;
}

}  // namespace

CertificateWatch::CertificateWatch(const config::TlsConfig& config, std::size_t flight_size_max,
                                   Core& core)
    : core_(core),
      key_paths_(config.tls_private_key_path),
      certificates_(certificate_files(config), config.tls_ticket_lifetime, flight_size_max) {
  spdlog::info(fmt::format("TLS library: {}", tls::library_name()));
}

Result CertificateWatch::load() {
  const auto warnings = certificates_.load();
  if (!warnings) return std::unexpected("certificates: " + warnings.error());
  for (const std::string& warning : *warnings) spdlog::warn(warning);
  for (const std::string& path : key_paths_) {
    const auto warning = process::secret_file_warning("network.tls_private_key_path", path);
    if (!warning.empty()) spdlog::warn(warning);
  }
  spdlog::info(fmt::format("certificates: {} loaded", key_paths_.size()));
  return {};
}

Result CertificateWatch::check() const {
  const auto context = contexts().get();
  if (!context) return std::unexpected("the certificates could not be read");
  if (context->works()) return {};
  return std::unexpected(
      "TLS does not work any more: wolfSSL may need /dev/urandom inside privileges.chroot_path "
      "(mknod -m 444 dev/urandom c 1 9)");
}

Result CertificateWatch::start() {
  return core_.start_thread("certificates", [this](const std::stop_token& stop) -> Result {
    run(stop);
    return {};
  });
}

// Runs until a stop is requested.
void CertificateWatch::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    process::wait_for_stop(stop, check_interval);
    certificates_.advance(core_.clock().seconds_at(monotonic_ns()));
    if (stop.stop_requested() || !core_.is_serving() || !certificates_.have_changed()) continue;
    if (const auto loaded = load(); !loaded) {
      spdlog::error(fmt::format("{}; the reload changed nothing", loaded.error()));
    }
  }
}

}  // namespace gyre::tracker
