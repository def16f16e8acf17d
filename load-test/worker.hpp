// One thread of a load test, which sends requests and takes responses as its current phase says, in
// turns that never sleep: a thread that sleeps would be woken on the tracker's CPU. A protocol's
// worker derives from it and says what is done in a turn.
//
// Threading: set_phase() and is_connected() may be called from another thread; the rest belongs to
// the thread that calls run().
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <optional>
#include <stop_token>
#include <string>

#include "load-test/run_config.hpp"
#include "load-test/schedule.hpp"
#include "load-test/statistics.hpp"

namespace gyre::load_test {

// What a worker is to do, and where it counts.
struct Phase {
  bool asks = false;  // or gets ready to, no more
  // Requests per second of all workers; 0: as many as are answered. Where the next phase has the
  // same, no request is missed.
  std::uint64_t rate = 0;
  Statistics* statistics = nullptr;
};

// Of `total` things, what worker `index` of `count` has.
constexpr std::uint32_t part_of(std::uint32_t total, std::uint32_t index, std::uint32_t count) {
  return total / count + (index < total % count ? 1 : 0);
}

class Worker {
 public:
  // The settings and the phase outlive the worker.
  Worker(const RunConfig& config, std::uint32_t index, const Phase& first_phase);
  virtual ~Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Takes effect with the worker's next turn. The phase outlives the worker.
  void set_phase(const Phase& phase) { phase_.store(&phase, std::memory_order_release); }

  // Whether everything is ready for the first request.
  bool is_connected() const { return connected_.load(std::memory_order_relaxed); }

  // Until the stop, after which it waits for the responses that are still to come. The error: it
  // could not connect in time.
  std::expected<void, std::string> run(const std::stop_token& stop);

  // Of the current turn, for clients of this worker.
  Statistics& statistics() const { return *turn_.statistics; }
  std::uint64_t now_ns() const { return now_ns_; }
  void add(Count what, std::uint64_t amount = 1) const { statistics().add(what, amount); }

 protected:
  // The steps of a turn, in their order. The first three return whether there was something to do.
  virtual bool advance() = 0;         // takes what has come, and goes on with what is under way
  virtual bool keep_connected() = 0;  // not after the stop
  virtual bool ask_all() = 0;         // as many requests as may be in flight
  virtual bool ask_due(Schedule& schedule) = 0;
  virtual void expire() = 0;  // gives up what takes too long; every 10 ms

  virtual bool is_ready() const = 0;    // to send the first request
  virtual bool is_waiting() const = 0;  // after the stop: is anything still to come?
  virtual void end() {}                 // counts what there is at the end

  // How long connecting may take, and the error if it takes longer.
  virtual std::uint64_t connect_time_max_ns() const = 0;
  virtual std::string not_connected() const = 0;

  bool saturates() const { return turn_.asks && turn_.rate == 0; }
  void take_time();  // for the steps of a turn that take long
  // Idle time in a turn that had something to do.
  void add_idle(std::uint64_t time_ns) { idle_ns_ += time_ns; }

  static constexpr std::uint64_t second_ns = 1'000'000'000;
  static constexpr std::uint64_t millisecond_ns = 1'000'000;

 private:
  std::expected<void, std::string> connect(const std::stop_token& stop);
  void turn(bool stopping = false);
  bool ask();

  const RunConfig& config_;
  std::uint32_t index_;
  std::atomic<const Phase*> phase_;
  std::atomic<bool> connected_ = false;

  // Of the current turn.
  Phase turn_;
  std::uint64_t now_ns_ = 0;
  std::uint64_t idle_ns_ = 0;
  std::uint64_t expired_at_ns_ = 0;
  std::optional<Schedule> schedule_;
};

}  // namespace gyre::load_test
