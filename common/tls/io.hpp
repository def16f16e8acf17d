// The I/O callbacks of the TLS library: they read from the ciphertext, past a guard, and write to
// the output of the call in progress. Session and pair_check set an Io for each call.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

#include "common/tls/record_guard.hpp"
#include "common/tls/session.hpp"

namespace gyre::tls {

struct Io {
  std::span<const std::byte> input;  // not read yet
  Output* output;
  // Checks a client's bytes before the library reads them; it never gets what the guard refuses.
  // Null: the peer is trusted.
  RecordGuard* guard = nullptr;
  bool handshaking = false;
};

int receive_from_memory(WOLFSSL* ssl, char* buffer, int size, void* io);
int send_to_memory(WOLFSSL* ssl, char* buffer, int size, void* io);

}  // namespace gyre::tls
