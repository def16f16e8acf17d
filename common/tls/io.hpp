// How the TLS library reads and writes: from the ciphertext, as far as a guard lets it, and into
// the output of the call that is going on. Between Session, which sets an Io for each call, and the
// library's callbacks.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

#include "common/tls/record_guard.hpp"
#include "common/tls/session.hpp"

namespace gyre::tls {

struct Io {
  std::span<const std::byte> input;  // what was not read yet
  Output* output;
  // Of a server's connection: sees what the library is to read, before it does. What it refuses,
  // the library never gets. Null: the other side is trusted.
  RecordGuard* guard = nullptr;
  bool handshaking = false;
};

int receive_from_memory(WOLFSSL* ssl, char* buffer, int size, void* io);
int send_to_memory(WOLFSSL* ssl, char* buffer, int size, void* io);

}  // namespace gyre::tls
