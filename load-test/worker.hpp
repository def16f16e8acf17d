// One thread of a load test, which sends requests and takes responses as its current phase says.
// Between the run, which makes phases follow each other, and a protocol's workers, which derive
// from it.
//
// Threading: set_phase() and connected() may be called from another thread; the rest belongs to the
// thread that calls run().
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <stop_token>
#include <string>

#include "load-test/statistics.hpp"

namespace gyre::load_test {

// What a worker is to do, and where it counts.
struct Phase {
  enum class Activity : std::uint8_t {
    connect,    // get ready to send, no more
    saturate,   // as much as is answered
    keep_rate,  // send at `rate`
  };
  Activity activity = Activity::connect;
  std::uint64_t rate =
      0;  // requests per second of all workers; going on with it, nothing is missed
  Statistics* statistics = nullptr;
};

// Of `total` things, what worker `index` of `count` has.
constexpr std::uint32_t part_of(std::uint32_t total, std::uint32_t index, std::uint32_t count) {
  return total / count + (index < total % count ? 1 : 0);
}

class Worker {
 public:
  explicit Worker(const Phase& first_phase) : phase_(&first_phase) {}
  virtual ~Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Takes effect with the worker's next turn. The phase outlives the worker.
  void set_phase(const Phase& phase) { phase_.store(&phase, std::memory_order_release); }

  // Whether everything is ready for the first request.
  bool connected() const { return connected_.load(std::memory_order_relaxed); }

  // Until the stop, after which it waits for the responses that are still to come. The error: it
  // could not get ready.
  virtual std::expected<void, std::string> run(const std::stop_token& stop) = 0;

 protected:
  const Phase& phase() const { return *phase_.load(std::memory_order_acquire); }
  void set_connected() { connected_.store(true, std::memory_order_relaxed); }

 private:
  std::atomic<const Phase*> phase_;
  std::atomic<bool> connected_ = false;
};

}  // namespace gyre::load_test
