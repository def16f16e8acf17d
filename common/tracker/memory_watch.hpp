// Keeps the process within its memory: measures once a second what it uses and what the system has
// left, and tells the budget, which slows admission near the limit (swarm/budget.hpp). Whatever
// takes memory counts, swarms, connections, TLS and buffers alike; and since several processes see
// the same remainder of the machine, they stay within it together.
//
// Threading: run() is a thread's body; the rest may be called from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <stop_token>
#include <string>

#include "common/metrics/exposition_writer.hpp"
#include "common/process/memory_use.hpp"
#include "common/swarm/budget.hpp"
#include "common/tracker/core.hpp"

namespace gyre::tracker {

// Bytes that the process may use: `max_memory`, or four fifths of the machine or cgroup if it is 0.
std::uint64_t memory_limit(std::uint64_t max_memory);

// The part of `limit` that the process may use now: a tenth of what the system has for all, up to
// 512 MiB, is left to others; but a quarter of the limit is its own whatever they take, and 64 MiB.
std::uint64_t memory_limit_now(std::uint64_t limit, const process::MemoryUse& use,
                               std::uint64_t system_memory);

class MemoryWatch {
 public:
  // The budget outlives it.
  MemoryWatch(std::uint64_t max_memory, swarm::Budget& budget);

  // REQUIRES: Core::start_workers() was called, and the core is stopped before this is destroyed.
  Result start(Core& core);

  void write_metrics(metrics::ExpositionWriter& out) const;

 private:
  void run(const std::stop_token& stop);
  void check();
  std::string scarcity_text(const process::MemoryUse& use) const;

  swarm::Budget& budget_;
  std::uint64_t limit_;
  std::uint64_t system_memory_;
  process::MemoryGauge gauge_;
  std::atomic<std::uint64_t> resident_{0};
};

}  // namespace gyre::tracker
