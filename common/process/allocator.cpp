// How jemalloc behaves in every program that links it (gyre_allocator): a thread of its own gives
// free memory back to the system, so that no request waits for it; few arenas, since the threads
// seldom allocate at the same time.
extern "C" {
extern const char* malloc_conf;  // read by jemalloc before main
const char* malloc_conf = "background_thread:true,narenas:2,dirty_decay_ms:2000,muzzy_decay_ms:0";
}
