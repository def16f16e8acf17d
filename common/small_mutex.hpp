// A mutex of one byte for short critical sections that seldom meet: one atomic exchange to lock, a
// plain store to unlock; where two threads do meet, a short spin, then short sleeps. Works with
// std::scoped_lock.
//
// Waking those who wait would take a second exchange with each unlock, and processors wait there
// until all memory that was asked for has come: a sixteenth of all announces per second.
#pragma once

#include <atomic>
#include <chrono>
#include <thread>

namespace gyre {

class SmallMutex {
 public:
  void lock() {
    for (int tries = 0; held_.exchange(true, std::memory_order_acquire);) {
      // Looks without writing, which would take the line from who holds the lock.
      while (held_.load(std::memory_order_relaxed)) wait(tries++);
    }
  }

  void unlock() { held_.store(false, std::memory_order_release); }

 private:
  // A few microseconds, which is more than an announce takes, and less than to sleep and wake.
  static constexpr int spins_max = 100;
  static constexpr std::chrono::microseconds sleep_time{20};

  static void wait(int tries) {
    if (tries >= spins_max) return std::this_thread::sleep_for(sleep_time);
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }

  std::atomic<bool> held_{false};
};

}  // namespace gyre
