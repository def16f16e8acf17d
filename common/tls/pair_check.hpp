// Checks that a certificate and a private key belong together by one handshake in memory, with a
// client of the same library that verifies the server's signature. The library's own comparison is
// not enough: some builds accept any ECDSA key.
#pragma once

struct WOLFSSL_CTX;

namespace gyre::tls {

// REQUIRES: `server` has both, and the callbacks of io.hpp.
bool pair_works(WOLFSSL_CTX* server);

}  // namespace gyre::tls
