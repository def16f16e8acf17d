// What gyre reads in its own certificate: for which host names it is, and until when. Between PEM
// or DER and the choice of a certificate by SNI. It verifies nothing: that is for the clients, to
// whom the TLS library sends it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::tls {

struct CertificateFacts {
  std::uint64_t not_before = 0;  // unix seconds
  std::uint64_t not_after = 0;
  std::vector<std::string> host_names;  // of subjectAltName, lower case; "*.x" for wildcards
};

// nullopt: not an X.509 certificate (RFC 5280 4.1) in DER.
std::optional<CertificateFacts> read_certificate(std::span<const std::byte> der);

}  // namespace gyre::tls
