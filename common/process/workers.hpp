// The worker threads of a program, and what became of them. A worker that ends before it was asked
// to has failed, for whatever reason it gives; the group tells so through a descriptor. What
// workers do is theirs alone.
//
// Threading: all functions belong to the thread that made the group.
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
  // Returns when the token asks it to, or with the reason why it cannot go on. A worker that waits
  // for events wakes itself up with a std::stop_callback, which runs in request_stop().
  using Body = std::function<std::expected<void, std::string>(const std::stop_token&)>;

  static std::expected<std::unique_ptr<WorkerGroup>, std::string> create();

  // Stops and joins what still runs.
  ~WorkerGroup();
  WorkerGroup(const WorkerGroup&) = delete;
  WorkerGroup& operator=(const WorkerGroup&) = delete;

  // Starts a thread of that name (15 bytes are kept). Exceptions that leave `body` become its
  // reason. The error is that the system gives no thread.
  std::expected<void, std::string> start(const std::string& name, Body body);

  int ended_fd() const { return ended_.fd(); }  // readable once any worker has ended
  void request_stop();
  void join();  // waits for all; call request_stop() first

  // One sentence per worker that failed, in the order of failing; nothing when all is well.
  std::vector<std::string> failures() const;

 private:
  explicit WorkerGroup(EventFd ended) : ended_(std::move(ended)) {}

  void run(const std::string& name, const Body& body);

  EventFd ended_;
  std::stop_source stop_;
  std::vector<std::thread> threads_;

  mutable std::mutex mutex_;  // for what follows, which the workers write
  std::vector<std::string> failures_;
};

// For threads that do something now and then: waits so long, unless it is time to stop.
void wait_for_stop(const std::stop_token& stop, std::chrono::nanoseconds time);

// The calling thread gives every piece that it frees back at once. For threads that free the memory
// of swarms: the few hundred pieces that each would keep lie on as many pages, which could then not
// go back to the system, 3 MiB when all swarms have gone. Where the allocator is another, nothing
// happens.
void keep_no_freed_memory();

}  // namespace gyre::process
