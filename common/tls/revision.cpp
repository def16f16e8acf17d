#include "common/tls/revision.hpp"

namespace gyre::tls {

std::string_view library_revision() {
  return "wolfSSL " GYRE_WOLFSSL_REVISION;
}

}  // namespace gyre::tls
