// How the TLS library reads and writes: from the ciphertext and into the output of the call that is
// going on. Between Session, which sets an Io for each call, and the library's callbacks.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

#include "common/tls/session.hpp"

namespace gyre::tls {

struct Io {
  std::span<const std::byte> input;  // what was not read yet
  Output* output;
};

int receive_from_memory(WOLFSSL* ssl, char* buffer, int size, void* io);
int send_to_memory(WOLFSSL* ssl, char* buffer, int size, void* io);

}  // namespace gyre::tls
