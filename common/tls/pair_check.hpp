// Whether a certificate and a private key work together: one handshake in memory, with a client of
// the same library that verifies the server's signature. The library's own comparison is not
// enough: some builds of it accept any ECDSA key.
#pragma once

struct WOLFSSL_CTX;

namespace gyre::tls {

// `server` has both, and the callbacks of io.hpp.
bool pair_works(WOLFSSL_CTX* server);

}  // namespace gyre::tls
