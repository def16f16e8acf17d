// The configuration of jemalloc in every program that links it (gyre_allocator): a background
// thread returns free memory to the system, so that no request waits for that
// (start_allocator_thread() in workers.hpp); few arenas, since threads seldom allocate at the same
// time.
#include <jemalloc/jemalloc.h>

extern "C" {
extern const char* malloc_conf;  // read by jemalloc before main
const char* malloc_conf = "narenas:2,max_background_threads:1,dirty_decay_ms:2000,muzzy_decay_ms:0";
}
