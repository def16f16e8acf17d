// TLS, which is part of [network], under aquatic_http's names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/types.hpp"
#include "common/config/schema.hpp"

namespace gyre::config {

struct TlsConfig {
  bool enable_tls = false;
  AddressList tls_addresses;
  TextList tls_certificate_path;
  TextList tls_private_key_path;
  Seconds tls_ticket_lifetime = 7200;  // 0: no tickets
  bool operator==(const TlsConfig&) const = default;
};

// Two texts name a program's protocol. Literals, like all texts of a Schema.
void describe_tls(Schema& schema, TlsConfig& config, std::string_view enable_tls_text,
                  std::string_view tls_addresses_text);

// Adds a "section.key: message" for each violated rule. REQUIRES: some address uses TLS.
void add_tls_problems(const TlsConfig& tls, std::vector<std::string>& problems);

}  // namespace gyre::config
