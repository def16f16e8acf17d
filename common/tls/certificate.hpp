// The fields that gyre reads of its own certificates: host names and validity. They serve to choose
// a certificate by SNI and to warn the operator; nothing is verified here.
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
