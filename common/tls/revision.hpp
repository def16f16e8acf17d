// Which TLS library is built in. Apart from the rest of common/tls, for who tells the operator and
// links nothing of it.
#pragma once

#include <string_view>

namespace gyre::tls {

// "wolfSSL 5.7.2-0.1+deb13u2": with the revision of Debian's package, which says what is mended.
std::string_view library_revision();

}  // namespace gyre::tls
