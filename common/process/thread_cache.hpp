// jemalloc's cache of freed memory, which each thread has.
#pragma once

namespace gyre::process {

// Disables the cache of the calling thread; no effect with another allocator. For threads that free
// the memory of swarms: a cache would keep a few hundred blocks, spread over as many pages that
// could not be returned to the system, 3 MiB once all swarms are gone.
void disable_thread_cache();

}  // namespace gyre::process
