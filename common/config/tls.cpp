#include "common/config/tls.hpp"

#include <fmt/format.h>

namespace gyre::config {

void describe_tls(Schema& schema, TlsConfig& config, std::string_view enable_tls_text,
                  std::string_view tls_addresses_text) {
  auto& [enable_tls, tls_addresses, tls_certificate_path, tls_private_key_path,
         tls_ticket_lifetime] = config;
  schema.setting("enable_tls", enable_tls, enable_tls_text);
  schema.setting("tls_addresses", tls_addresses, tls_addresses_text);
  schema.setting("tls_certificate_path", tls_certificate_path,
                 "PEM file with the server's certificate, followed by its chain "
                 "(\"fullchain.pem\"). Or a list of files: the host name in the TLS handshake "
                 "(SNI) selects one, and the first is the default. Reloaded on SIGHUP or "
                 "SIGUSR1, and when a file changes; if the new files are invalid, the old "
                 "certificate stays in use. scripts/gen-tls.sh makes one for tests.");
  schema.setting("tls_private_key_path", tls_private_key_path,
                 "PEM file with the certificate's private key, unencrypted: PKCS#8, PKCS#1 or "
                 "SEC1. Or a list with one key per certificate. It is first read before "
                 "privileges are dropped; to reload renewed files, the user switched to must be "
                 "able to read key and certificate (documents/operating.md).");
  schema.setting("tls_ticket_lifetime", tls_ticket_lifetime,
                 "Seconds during which a client can resume its TLS session with a ticket, which "
                 "saves most of the handshake. Ticket keys are kept in memory only and rotated "
                 "in the same interval. 0: no tickets.",
                 Integers{0, 86400});
}

void add_tls_problems(const TlsConfig& tls, std::vector<std::string>& problems) {
  if (tls.tls_certificate_path.empty()) {
    problems.emplace_back(
        "network.tls_certificate_path: empty, but TLS needs a certificate; set it, or "
        "set enable_tls to false and tls_addresses to []");
  } else if (tls.tls_certificate_path.size() != tls.tls_private_key_path.size()) {
    problems.push_back(
        fmt::format("network.tls_private_key_path: {} files, but tls_certificate_path has {}; each "
                    "certificate needs its key",
                    tls.tls_private_key_path.size(), tls.tls_certificate_path.size()));
  }
}

}  // namespace gyre::config
