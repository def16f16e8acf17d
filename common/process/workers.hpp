// The worker threads of a program and their outcome. A worker that ends before it was told to has
// failed, whatever reason it gives; the group reports that through a descriptor.
//
// Threading: all functions are called from the thread that created the group.
#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "common/base/event_fd.hpp"

namespace gyre::process {

class WorkerGroup {
 public:
  // Returns when the token requests it, or with the reason why it cannot go on. A worker that waits
  // for events is woken by a std::stop_callback, which runs in request_stop().
  using Body = std::function<std::expected<void, std::string>(const std::stop_token&)>;

  static std::expected<std::unique_ptr<WorkerGroup>, std::string> create();

  // Stops and joins the remaining threads.
  ~WorkerGroup();
  WorkerGroup(const WorkerGroup&) = delete;
  WorkerGroup& operator=(const WorkerGroup&) = delete;

  // Starts a thread of that name (truncated to 15 bytes). An exception that leaves `body` becomes
  // its reason. The error is that the system refuses a thread.
  std::expected<void, std::string> start(const std::string& name, Body body);

  int ended_fd() const { return ended_.fd(); }  // readable once any worker has ended
  void request_stop();
  void join();  // waits for all threads; usually after request_stop()

  // One sentence for each worker that failed, in that order; empty if all is well.
  std::vector<std::string> failures() const;

 private:
  explicit WorkerGroup(EventFd ended) : ended_(std::move(ended)) {}

  void run(const std::string& name, const Body& body);

  EventFd ended_;
  std::stop_source stop_;
  std::vector<std::thread> threads_;

  mutable std::mutex mutex_;  // guards what follows, which the workers write
  std::vector<std::string> failures_;
};

// For threads with periodic tasks: sleeps for `time`, or until a stop is requested.
void wait_for_stop(const std::stop_token& stop, std::chrono::nanoseconds time);

// Disables jemalloc's cache of freed memory for the calling thread; no effect with another
// allocator. For threads that free the memory of swarms: a cache would keep a few hundred blocks,
// spread over as many pages that could not be returned to the system, 3 MiB once all swarms are
// gone.
void disable_thread_cache();

// More arenas of jemalloc than the two that the process has, for many workers: threads that
// allocate in one arena wait for each other (64 bytes: 87 ns in one's own, 146 ns in one of two
// threads). An arena for four workers, 64 at most; none for up to eight, or with another allocator.
std::vector<unsigned> create_arenas(std::size_t worker_count);
// The calling thread allocates in that arena from now on.
void use_arena(unsigned arena);

// Starts jemalloc's thread that returns free memory to the system; no effect with another
// allocator. Not by malloc_conf: a statically linked program allocates before the C library is
// ready to start threads (it would give them executable stacks). It has the restrictions of the
// calling thread.
void start_allocator_thread();

}  // namespace gyre::process
