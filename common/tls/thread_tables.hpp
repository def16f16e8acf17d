// The TLS library's per-thread tables of curve points, which would leak at the end of a thread.
#pragma once

namespace gyre::tls {

// Frees this thread's tables when it ends. To be called before the library computes in it.
void free_tables_with_thread();

}  // namespace gyre::tls
