// What the TLS library keeps for each thread that has used a curve: tables of points, which nobody
// frees when the thread ends unless told to.
#pragma once

namespace gyre::tls {

// Has those of this thread freed at its end; to be called before the library computes for it.
void free_tables_with_thread();

}  // namespace gyre::tls
