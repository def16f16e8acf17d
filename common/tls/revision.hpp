// The revision of the TLS library that is built in. A library of its own, for those that report it
// without linking TLS.
#pragma once

#include <string_view>

namespace gyre::tls {

// "wolfSSL 5.7.2-0.1+deb13u2": the revision of Debian's package tells which fixes it has.
std::string_view library_revision();

}  // namespace gyre::tls
