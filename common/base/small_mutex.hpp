// A mutex of one byte for short critical sections that seldom meet: one atomic exchange to lock, a
// plain store to unlock; where two threads do meet, a short spin and a short sleep by turns. Works
// with std::scoped_lock.
//
// To tell whether somebody is to be woken would take a second exchange with each unlock, for which
// a processor waits until its loads and stores before it are done. So nobody is woken, and whoever
// locks again and again must rest in between for longer than a spin, to let others in.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace gyre {

class SmallMutex {
 public:
  void lock() {
    for (std::uint32_t looks = 0; held_.exchange(true, std::memory_order_acquire);) {
      // Looks without writing, which would take the line from who holds the lock.
      while (held_.load(std::memory_order_relaxed)) wait(++looks);
    }
  }

  void unlock() { held_.store(false, std::memory_order_release); }

 private:
  // A few microseconds, which is more than an announce takes, and less than to sleep and wake.
  static constexpr std::uint32_t looks_per_spin = 100;
  static constexpr std::chrono::microseconds sleep_time{20};  // and the system's slack, of about 50

  static void wait(std::uint32_t looks) {
    if (looks % looks_per_spin == 0) return std::this_thread::sleep_for(sleep_time);
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("isb");
#endif
  }

  std::atomic<bool> held_{false};
};

}  // namespace gyre
