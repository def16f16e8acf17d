// What a thread keeps of the memory that it has freed, so that it soon finds it again. Between a
// thread's body and jemalloc.
#pragma once

namespace gyre::process {

// The calling thread gives every piece that it frees back at once. For threads that free the memory
// of swarms: the few hundred pieces that each would keep lie on as many pages, which could then not
// go back to the system, 3 MiB when all swarms have gone. Where the allocator is another, nothing
// happens.
void keep_no_freed_memory();

}  // namespace gyre::process
